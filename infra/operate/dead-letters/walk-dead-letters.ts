import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  ChangeMessageVisibilityBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { waitingIn } from '../../../shared/queue/waiting.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { terminal } from '../../terminal/terminal.ts'
import type { Deployment } from '../deployment.ts'
import { type DeadLetter, type LetterInHand, readLetter } from './dead-letter.ts'

/** What all work on dead letters needs: looking at them, sending them back, dropping them. */
export interface DeadLettersDeps {
  sqs: Pick<SQSClient, 'send'>
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** The queue of the events. */
  queueUrl: string
  deadLetterQueueUrl: string
  clock: Clock
}

export function deadLettersDepsOf({ sqs, dynamodb, outputs }: Deployment): DeadLettersDeps {
  return {
    sqs,
    dynamodb,
    tableName: outputs.TableName,
    clock: terminal().clock,
    queueUrl: outputs.EventQueueUrl,
    deadLetterQueueUrl: outputs.DeadLetterQueueUrl,
  }
}

const callMs = 20_000

/**
 * The limit of one call. When somebody stops the work, calls under way still come to their end: only then is it known which
 * letters are to be made visible again.
 */
export function callSignal(): AbortSignal {
  return AbortSignal.timeout(callMs)
}

interface Walk {
  /** `gone`: it deleted the letter. Called for the letters of a batch at once. */
  visit(letter: LetterInHand): Promise<'kept' | 'gone'>
  /** Whether nothing more is looked for. @default the walk goes to the end of the queue */
  isDone?(): boolean
  /** It is called at the end of the queue, while so many letters are still held. */
  atEnd?(held: number): Promise<void>
}

/** With a wait, SQS asks all of its servers: an empty answer then says that nothing is left. */
const waitSeconds = 1

/**
 * Shows each letter that nobody else holds once. What was shown is hidden until the walk is over, since it would be received
 * again, and is visible afterwards, also when the walk fails or is stopped. Throws the signal's reason, and what `visit` throws.
 */
export async function walkDeadLetters(deps: DeadLettersDeps, walk: Walk, signal: AbortSignal): Promise<void> {
  const { isDone = () => false, atEnd } = walk
  const held = heldLetters(deps)
  const seen = new Set<string>()
  try {
    while (!isDone()) {
      signal.throwIfAborted()
      await held.renew()
      const letters = await receive(deps)
      held.hold(letters)
      if (letters.length === 0) break
      // A letter whose visit took longer than it is hidden is received again.
      const fresh = letters.filter(({ id }) => !seen.has(id))
      for (const { id } of fresh) seen.add(id)
      await visitAll(walk, fresh, held)
    }
    if (!isDone()) signal.throwIfAborted()
    await atEnd?.(held.count())
  } finally {
    await held.release()
  }
}

/** Each visit comes to its end, whatever becomes of the others. */
async function visitAll({ visit }: Walk, letters: readonly LetterInHand[], held: HeldLetters): Promise<void> {
  const visits = await Promise.allSettled(
    letters.map(async (letter) => {
      if ((await visit(letter)) === 'gone') held.forget(letter.id)
    }),
  )
  for (const each of visits) if (each.status === 'rejected') throw each.reason
}

async function receive({ sqs, deadLetterQueueUrl }: DeadLettersDeps): Promise<LetterInHand[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: deadLetterQueueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: waitSeconds,
    VisibilityTimeout: heldSeconds,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  })
  return ((await sqs.send(command, { abortSignal: callSignal() })).Messages ?? []).map(readLetter)
}

export interface Survey {
  /** Oldest first. */
  letters: DeadLetter[]
  /** About how many more lie there, which somebody else is looking at or sending back just now. */
  elsewhere: number
}

/** Looks at all dead letters. All are visible again afterwards. `onLetter` is shown each of them with its body. */
export async function surveyDeadLetters(
  deps: DeadLettersDeps,
  signal: AbortSignal,
  onLetter: (letter: LetterInHand) => void = () => {},
): Promise<Survey> {
  const letters: DeadLetter[] = []
  let elsewhere = 0
  await walkDeadLetters(
    deps,
    {
      async visit(letter) {
        const { message, receiptHandle, ...row } = letter
        letters.push(row)
        onLetter(letter)
        return 'kept'
      },
      async atEnd(held) {
        const { waiting, inWork } = await waitingIn(deps.sqs, deps.deadLetterQueueUrl, callSignal())
        elsewhere = Math.max(0, waiting + inWork - held)
      },
    },
    signal,
  )
  return { letters: letters.sort((a, b) => a.sinceEpochMs - b.sinceEpochMs), elsewhere }
}

/** How long a letter is hidden: if its holder is killed, it is seen again so much later. */
const heldSeconds = 120
const renewedBeforeMs = 60_000
/** So many letters can be changed by one call. */
const batchSize = 10
const callsAtOnce = 5

/** Letters that are kept hidden while a walk lasts. */
interface HeldLetters {
  count(): number
  hold(letters: readonly LetterInHand[]): void
  /** Lets go of a letter that was deleted. */
  forget(id: string): void
  /** Hides for longer what would soon be seen again. */
  renew(): Promise<void>
  /** Makes all visible again, as far as the queue can be reached; the others come back by themselves. Does not throw. */
  release(): Promise<void>
}

function heldLetters({
  sqs,
  deadLetterQueueUrl,
  clock,
}: Pick<DeadLettersDeps, 'sqs' | 'deadLetterQueueUrl' | 'clock'>): HeldLetters {
  /** They are in the order in which they would be seen again. */
  const held = new Map<string, { receiptHandle: string; untilEpochMs: number }>()

  function keep(id: string, receiptHandle: string): void {
    held.delete(id)
    held.set(id, { receiptHandle, untilEpochMs: clock.now() + heldSeconds * 1000 })
  }

  async function change(ids: readonly string[], seconds: number): Promise<void> {
    const Entries = ids.map((id, index) => ({
      Id: String(index),
      ReceiptHandle: held.get(id)?.receiptHandle ?? '',
      VisibilityTimeout: seconds,
    }))
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries })
    await sqs.send(command, { abortSignal: callSignal() })
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
    renew,
    release,
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
