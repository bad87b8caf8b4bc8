import type { SQSClient } from '@aws-sdk/client-sqs'
import { visibilityTimeouts } from '../../settings/topology.ts'
import type { LineRecord } from '../line-record.ts'
import type { Consumer } from './bundled-consumer.ts'
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts'

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
