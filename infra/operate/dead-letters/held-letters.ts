import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs'
import { callTime } from './call-time.ts'
import type { LetterInHand } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'

/** How long a letter is hidden: if its holder is killed, it is seen again so much later. */
export const heldSeconds = 120
const renewedBeforeMs = 60_000
/** What one call takes. */
const batchSize = 10
const callsAtOnce = 5

/** Letters that are kept hidden while a walk lasts. */
export interface HeldLetters {
  count(): number
  hold(letters: readonly LetterInHand[]): void
  /** One that was deleted. */
  forget(id: string): void
  /** Hides those for longer that would soon be seen again. */
  renew(): Promise<void>
  /** Makes all visible again, as far as the queue can be reached; the others come back by themselves. Does not throw. */
  release(): Promise<void>
}

export function heldLetters({
  sqs,
  deadLetterQueueUrl,
  clock,
}: Pick<DeadLettersDeps, 'sqs' | 'deadLetterQueueUrl' | 'clock'>): HeldLetters {
  /** In the order in which they come to be seen again. */
  const held = new Map<string, { receiptHandle: string; untilEpochMs: number }>()

  function keep(id: string, receiptHandle: string): void {
    held.delete(id)
    held.set(id, { receiptHandle, untilEpochMs: clock.now() + heldSeconds * 1000 })
  }

  async function change(ids: readonly string[], seconds: number): Promise<void> {
    const Entries = ids.map((id, index) => ({
      ...{ Id: String(index), ReceiptHandle: held.get(id)?.receiptHandle ?? '', VisibilityTimeout: seconds },
    }))
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries })
    await sqs.send(command, { abortSignal: callTime() })
  }

  async function renew(): Promise<void> {
    const due = [...takeWhile(held, ({ untilEpochMs }) => untilEpochMs < clock.now() + renewedBeforeMs)]
    for (const ids of batches(due)) {
      await change(ids, heldSeconds)
      for (const id of ids) keep(id, held.get(id)?.receiptHandle ?? '')
    }
  }

  async function release(): Promise<void> {
    const waiting = batches([...held.keys()])
    const releaseOn = async () => {
      for (let ids = waiting.shift(); ids; ids = waiting.shift()) await change(ids, 0).catch(() => {})
    }
    await Promise.all(Array.from({ length: callsAtOnce }, releaseOn))
    held.clear()
  }

  return {
    count: () => held.size,
    hold: (letters) => {
      for (const { id, receiptHandle } of letters) keep(id, receiptHandle)
    },
    forget: (id) => void held.delete(id),
    ...{ renew, release },
  }
}

function* takeWhile<V>(entries: ReadonlyMap<string, V>, goesOn: (value: V) => boolean): Generator<string> {
  for (const [id, value] of entries) {
    if (!goesOn(value)) return
    yield id
  }
}

function batches(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, index) =>
    ids.slice(index * batchSize, (index + 1) * batchSize),
  )
}
