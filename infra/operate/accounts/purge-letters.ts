import { DeleteMessageCommand } from '@aws-sdk/client-sqs'
import { accountKeyPrefix } from '../../../shared/event/event-identity.ts'
import { attributeNames, unpackMessage } from '../../../shared/queue/message.ts'
import { waitingIn } from '../../../shared/queue/waiting.ts'
import type { LetterInHand } from '../dead-letters/dead-letter.ts'
import { callSignal, type DeadLettersDeps, walkDeadLetters } from '../dead-letters/walk-dead-letters.ts'
import { accountInJson, withKinds } from './account-items.ts'
import type { PurgeProgress } from './purge-progress.ts'

/** Whether a dead letter is of the account. One that is no event is, if its body names the account. */
export function isLetterOf(accountId: string, { event, message }: LetterInHand): boolean {
  const resourceKey = event?.resourceKey ?? message.attributes[attributeNames.resource]
  if (resourceKey !== undefined) return resourceKey.startsWith(accountKeyPrefix(accountId))
  return bodyOf(message).includes(accountInJson(accountId))
}

/** The body as it was delivered; what cannot be unpacked stays as the queue has it. */
function bodyOf(message: LetterInHand['message']): string {
  try {
    return unpackMessage(message).text
  } catch {
    return message.body
  }
}

/**
 * Deletes the account's dead letters. `found`: how many there were. `elsewhere`: about how many letters somebody else held, so
 * that nobody knows whose they are. What `beforeEach` throws ends it before another letter is taken in hand.
 */
export async function purgeLetters(
  deps: DeadLettersDeps,
  progress: PurgeProgress,
  accountId: string,
  { beforeEach, signal }: { beforeEach(): Promise<void>; signal: AbortSignal },
): Promise<{ found: number; elsewhere: number }> {
  let found = 0
  let elsewhere = 0
  let turn: Promise<unknown> = Promise.resolve()
  const take = async (letter: LetterInHand) => {
    await beforeEach()
    const { letters, counts } = progress.state
    // It was counted by a purge that was killed before it could delete it.
    const isCounted = letters.includes(letter.id)
    if (!isCounted)
      await progress.save({
        letters: [...letters, letter.id],
        counts: withKinds(counts, ['deadLetters']),
      })
    await remove(deps, letter)
    await progress.save({ letters: progress.state.letters.filter((id) => id !== letter.id) })
    found += 1
  }
  await walkDeadLetters(
    deps,
    {
      async visit(letter) {
        if (!isLetterOf(accountId, letter)) return 'kept'
        // One after the other: the mark keeps which one is in hand.
        turn = turn.then(() => {
          signal.throwIfAborted()
          return take(letter)
        })
        await turn
        return 'gone'
      },
      async atEnd(held) {
        const { waiting, inWork } = await waitingIn(deps.sqs, deps.deadLetterQueueUrl, callSignal())
        elsewhere = Math.max(0, waiting + inWork - held)
      },
    },
    signal,
  )
  // What was counted and is not there any more had been deleted.
  if (elsewhere === 0 && progress.state.letters.length > 0) await progress.save({ letters: [] })
  return { found, elsewhere }
}

async function remove(
  { sqs, deadLetterQueueUrl: QueueUrl }: DeadLettersDeps,
  { receiptHandle: ReceiptHandle }: LetterInHand,
): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }), { abortSignal: callSignal() })
}
