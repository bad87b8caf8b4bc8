import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { queues, visibilityTimeouts } from '../../settings/topology.ts'
import type { LineRecord } from '../line-record.ts'
import type { Consumer } from './bundled-consumer.ts'
import { failedMessages, sqsEvent } from './sqs-event.ts'

interface EventSourceMappingOptions {
  sqs: SQSClient
  queueUrl: string
  region: string
  /** So many batches are handled at once. */
  concurrency: number
  /** Runs the consumer on a batch. Throws when the invocation fails. */
  invoke(event: unknown): Promise<unknown>
  /** Tells that a whole batch failed, and why. */
  onBatchFailed(error: Error, messages: number): void
}

/**
 * A poll waits so long for messages. fauxqs hands messages to a poll whose client has gone, and nobody would handle them:
 * for a pause, polls have to end by themselves, and soon.
 */
const waitS = 1

/** Polls a queue as Lambda's event source mapping does, until `stop`. */
export interface EventSourceMapping {
  /** Returns how many batches were received and are not done yet. */
  inFlight(): number
  isEnabled(): boolean
  /** Resolves once nothing more is received, up to a second later. Batches under way end on their own. */
  pause(): Promise<void>
  /** Receives again at once. */
  resume(): void
  /** Takes no more messages. Does not wait for running invocations. */
  stop(): void
}

/**
 * Starts polling: up to 10 messages a batch, `concurrency` batches at once. What the consumer does not report as
 * failed is deleted; what it reports, and all of a batch whose invocation fails, stays until its visibility ends.
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const stopping = new AbortController()
  const receiving = new Set<Promise<Message[]>>()
  let paused: PromiseWithResolvers<void> | undefined
  let inFlight = 0

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (paused) await paused.promise
      else await handleNext()
    }
  }

  async function handleNext(): Promise<void> {
    const received = receive(options, stopping.signal)
    receiving.add(received)
    const messages = await received.finally(() => receiving.delete(received))
    if (messages.length === 0) return
    inFlight += 1
    await handle(options, messages).finally(() => {
      inFlight -= 1
    })
  }

  async function pause(): Promise<void> {
    paused ??= Promise.withResolvers()
    await Promise.all(receiving)
  }

  function resume(): void {
    paused?.resolve()
    paused = undefined
  }

  function stop(): void {
    stopping.abort()
    resume()
  }

  for (let poller = 0; poller < options.concurrency; poller++) void poll()
  return { inFlight: () => inFlight, isEnabled: () => !paused, pause, resume, stop }
}

async function receive(
  { sqs, queueUrl }: EventSourceMappingOptions,
  signal: AbortSignal,
): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: queues.batchSize,
    WaitTimeSeconds: waitS,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  })
  try {
    return (await sqs.send(command, { abortSignal: signal })).Messages ?? []
  } catch {
    // The queue runs in this process: it fails only while it stops, and otherwise is asked again.
    await sleep(100, undefined, { signal }).catch(() => {})
    return []
  }
}

async function handle(options: EventSourceMappingOptions, messages: Message[]): Promise<void> {
  try {
    const event = sqsEvent(messages, options)
    const failed = failedMessages(await options.invoke(event), event)
    if (!failed) throw new Error('consumer: its answer is not a partial batch response')
    await deleteDone(
      options,
      messages.filter(({ MessageId = '' }) => !failed.has(MessageId)),
    )
  } catch (error) {
    options.onBatchFailed(error as Error, messages.length)
  }
}

async function deleteDone({ sqs, queueUrl }: EventSourceMappingOptions, done: Message[]): Promise<void> {
  if (done.length === 0) return
  const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
}

/** Starts to feed the consumer from the queue. A batch whose invocation fails is told, and when it comes again. */
export function startPolling(from: {
  sqs: SQSClient
  queueUrl: string
  region: string
  concurrency: number
  consumerTimeoutMs: number
  consumer: Consumer
  record: LineRecord
}): EventSourceMapping {
  const { consumer, record, consumerTimeoutMs, ...mapping } = from
  return startEventSourceMapping({
    ...mapping,
    invoke: (event) => consumer.invoke(event),
    onBatchFailed(error, messages) {
      const hiddenS = Math.ceil((visibilityTimeouts * consumerTimeoutMs) / 1000)
      const what = messages === 1 ? 'Its message comes' : `Its ${messages} messages come`
      record.tell(
        'error',
        `${error.message}\n${what} again when the visibility timeout ends, in ${hiddenS} s.`,
      )
    },
  })
}
