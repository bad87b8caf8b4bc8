import type { SQSEvent } from 'aws-lambda'

/**
 * Which messages of a batch failed, by a function's answer (`ReportBatchItemFailures`): those it names; none when the
 * answer is empty; undefined, which means all, when it is not such an answer.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedMessages(response: unknown, batch: SQSEvent): ReadonlySet<string> | undefined {
  if (response === null || response === undefined) return new Set()
  if (typeof response !== 'object') return undefined
  const { batchItemFailures } = response as { batchItemFailures?: unknown }
  if (batchItemFailures === null || batchItemFailures === undefined) return new Set()
  if (!Array.isArray(batchItemFailures)) return undefined
  const sent = new Set(batch.Records.map(({ messageId }) => messageId))
  const failed = batchItemFailures.map(
    (item: { itemIdentifier?: string } | null) => item?.itemIdentifier ?? '',
  )
  return failed.every((id) => sent.has(id)) ? new Set(failed) : undefined
}
