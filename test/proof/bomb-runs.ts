import { isUtf8 } from 'node:buffer'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { defaults } from '../../infra/settings/settings-schema.ts'
import { resourceKey } from '../../shared/event/event-identity.ts'
import { deliveryEvent } from '../bench/delivery.ts'
import { runFresh } from '../bench/fresh-process.ts'
import { startStub, usualAnswer } from '../bench/stub-aws.ts'
import { startTable } from '../bench/table-engine.ts'
import type { Bomb } from './bomb-shapes.ts'
import { type SentMessage, sqsProblems } from './message-model.ts'

/** Invocations of a function: two deliveries of a body, or as many as it took until no message stayed in the queue. */
export interface Run {
  peakMb: number
  /** User and system, of all threads; of the longest invocation. */
  cpuMs: number
  /** Where a receiver's bodies went; or outcomes of a consumer's lines. */
  outcomes: string[]
  /** Why dead letters say that they are some. */
  reasons: (string | undefined)[]
  invocations: number
  /** Deliveries that were not accepted, or messages that are still in the queue. */
  kept: number
}
export type Result = Run | { died: string }

/** What a Lambda takes of an event, with some of it for all but the body. */
const eventBytes = 6_000_000
/** A process that hangs is ended then. */
const timeoutMs = 60_000

/** Lambda starts Node so: nine tenths of the memory are for what lives long, one for what is new. */
function optionsFor(megabytes: number) {
  const young = Math.floor(megabytes / 10)
  const execArgv = [
    `--max-old-space-size=${megabytes - young}`,
    `--max-semi-space-size=${Math.floor(young / 2)}`,
  ]
  return { execArgv, timeoutMs }
}

/** The receiver's bundle in `folder`, on a stub of AWS. */
export async function receiverIn(folder: string) {
  const { stub, sent } = await recordingStub()
  // The second one comes while what the first one left is still in memory.
  const deliverTwice = async (event: unknown): Promise<Run> => {
    sent.length = 0
    const bundle = join(folder, 'receiver/index.mjs')
    const report = await runFresh(
      folder,
      bundle,
      [event, event],
      stub.env,
      optionsFor(defaults.receiver.memoryMb),
    )
    return {
      peakMb: report.peakMegabytes,
      cpuMs: report.cpuMs,
      invocations: 2,
      outcomes: sent.map(({ isLetter }) => (isLetter ? 'quarantined' : 'queued')),
      reasons: sent.filter(({ isLetter }) => isLetter).map(({ reason }) => reason),
      kept: 2 - sent.length,
    }
  }
  const run = async (bomb: Bomb): Promise<Result> => {
    const body = bodyOf(bomb, { bytes: eventBytes, nth: 0 })
    const isText = isUtf8(body)
    const event = () => ({
      ...(deliveryEvent(body.toString(isText ? 'utf8' : 'base64')) as object),
      isBase64Encoded: !isText,
    })
    try {
      // On a machine under load, a sender's time may be over before the body is read; it sends again.
      let last = await deliverTwice(event())
      for (let tries = 1; last.kept > 0 && tries < 5; tries++) last = await deliverTwice(event())
      return last
    } catch (error) {
      return { died: String(error) }
    }
  }
  return { run, stop: stub.stop }
}

/** The consumer's bundle in `folder`, on a stub of AWS and a table. */
export async function consumerIn(folder: string) {
  const { stub, sent } = await recordingStub()
  const table = await startTable()
  const env = { ...stub.env, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint }
  const invoke = (Records: readonly SqsRecord[]) =>
    runFresh(
      folder,
      join(folder, 'consumer/index.mjs'),
      [{ Records }],
      env,
      optionsFor(defaults.consumer.memoryMb),
    )

  /** `count` bodies, each of up to `bytes`, in one batch. */
  const run = async (
    bomb: Bomb,
    { count, bytes = eventBytes }: { count: number; bytes?: number },
  ): Promise<Result> => {
    sent.length = 0
    const total: Run = { peakMb: 0, cpuMs: 0, outcomes: [], reasons: [], invocations: 0, kept: count }
    try {
      let left = batchOf(bomb, { count, bytes })
      // On a machine under load, a batch's time may be over before each of it had its turn.
      while (left.length > 0 && total.invocations < count) {
        const report = await invoke(left)
        total.peakMb = Math.max(total.peakMb, report.peakMegabytes)
        total.cpuMs = Math.max(total.cpuMs, report.cpuMs)
        total.invocations++
        total.outcomes.push(...outcomesIn(report.lines))
        const kept = keptIn(report.answer)
        left = left.filter(({ messageId }) => kept.has(messageId))
        total.kept = left.length
      }
      return { ...total, reasons: sent.map(({ reason }) => reason) }
    } catch (error) {
      return { died: String(error) }
    }
  }
  return { run, stop: () => Promise.all([stub.stop(), table.stop()]) }
}

/** Takes all messages, and remembers which were dead letters, and why. */
async function recordingStub() {
  const sent: { isLetter: boolean; reason: string | undefined }[] = []
  const stub = await startStub((operation, input) => {
    if (operation === 'SendMessage') {
      const { reason } = input.MessageAttributes as Record<string, { StringValue: string } | undefined>
      sent.push({ isLetter: String(input.QueueUrl).includes('dead-letters'), reason: reason?.StringValue })
    }
    return usualAnswer(operation, input)
  })
  return { stub, sent }
}

/** An event has one line that says what became of it. */
function outcomesIn(lines: readonly unknown[]): string[] {
  return (lines as { event?: string; ms?: number }[]).flatMap(({ event, ms }) =>
    event !== undefined && ms !== undefined ? [event] : [],
  )
}

function keptIn(answer: unknown): Set<string> {
  const { batchItemFailures } = answer as { batchItemFailures: { itemIdentifier: string }[] }
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
}

/** The longest that is delivered in so many bytes of an event, and that the queue takes if `isQueued`. */
function bodyOf(
  bomb: Bomb,
  { bytes, nth, isQueued = false }: { bytes: number; nth: number; isQueued?: boolean },
): Buffer {
  for (let length = bytes; ; length = Math.floor(length * 0.9)) {
    const body = bomb.body(length, nth)
    // Some characters take two bytes of the event's JSON, or six.
    const inEvent = isUtf8(body) ? Buffer.byteLength(JSON.stringify(body.toString())) : (body.length * 4) / 3
    if (inEvent <= bytes && (!isQueued || sqsProblems(packed(body)).length === 0)) return body
  }
}

/** The message that a receiver would send; it is packed here, since it may refuse to. */
function packed(body: Buffer): SentMessage {
  const plain = { body: body.toString(), attributes: noted({}) }
  return isUtf8(body) && sqsProblems(plain).length === 0
    ? plain
    : { body: gzipSync(body).toString('base64'), attributes: noted({ encoding: 'gzip' }) }
}

function noted(more: Record<string, string>): Record<string, string> {
  return {
    ...more,
    received: String(Date.now()),
    key: '0123abcd',
    requestId: 'r'.repeat(36),
    sent: '639170696424691361',
  }
}

type SqsRecord = ReturnType<typeof recordOf>

/** So many as a Lambda takes in one event; each is of a resource of its own. */
function batchOf(bomb: Bomb, { count, bytes }: { count: number; bytes: number }) {
  const records = Array.from({ length: count }, (_, nth) => {
    const message = bomb.message?.()
    return recordOf(
      message
        ? { body: message.body, attributes: noted({ encoding: message.encoding }) }
        : packed(bodyOf(bomb, { bytes, nth: count * 100 + nth, isQueued: true })),
      `${bomb.name}, ${nth} of ${count}`,
    )
  })
  const most = Math.floor(eventBytes / JSON.stringify(records[0]).length)
  return records.slice(0, Math.max(1, most))
}

function recordOf({ body, attributes }: SentMessage, id: string) {
  const event = {
    resource: resourceKey('firm', 'matter', id),
    event: `638844336123456789 ${'0'.repeat(32)} matter.updated`,
  }
  return {
    messageId: id,
    receiptHandle: id,
    body,
    attributes: { MessageGroupId: id, ApproximateReceiveCount: '1' },
    messageAttributes: Object.fromEntries(
      Object.entries({ ...attributes, ...event }).map(([name, stringValue]) => [
        name,
        { dataType: 'String', stringValue },
      ]),
    ),
  }
}
