import { defaults } from '../../infra/settings/settings-schema.ts'
import { billedConsumerMs, billedReceiverMs } from './billed-ms.ts'
import { type CostRow, costRow, hoursAMonth } from './cost-row.ts'
import { assumptions } from './costs-assumptions.ts'
import type { Measured } from './costs-measure.ts'
import { gbSeconds } from './gb-seconds.ts'

/** What happens in a month. */
export interface Load {
  events: number
  eventsABatch: number
  handlerMs: number
}

const daysAMonth = 365 / 12
/** The dearer of the two readings of a gigabyte. */
const gigabyte = 1e9
/** https://aws.amazon.com/sqs/pricing/ */
const sqsChunkBytes = 64 * 1024
/** https://aws.amazon.com/api-gateway/pricing/ */
const apiChunkBytes = 512 * 1024
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const itemOverheadBytes = 100

/** What a month's events cost, once old ones expire as fast as new ones come. */
export function eventRows(measured: Measured, load: Load): CostRow[] {
  const { events } = load
  return [
    costRow('API Gateway', 'requests', 'httpApiRequest', events * chunks(measured.bodyBytes, apiChunkBytes)),
    costRow('Lambda receiver', 'requests', 'lambdaRequest', events),
    costRow(
      'Lambda receiver',
      'GB-seconds',
      'lambdaGbSecond',
      events * gbSeconds(defaults.receiver.memoryMb, billedReceiverMs(measured)),
    ),
    ...queueRows(measured, load),
    ...consumerRows(measured, load),
    ...tableRows(measured, load),
    ...logRows(measured, load),
    costRow('Secrets Manager', 'calls', 'secretCall', Math.min(events, secretCalls(measured))),
  ]
}

function consumerRows(measured: Measured, load: Load): CostRow[] {
  const batches = load.events / load.eventsABatch
  const seconds = batches * gbSeconds(defaults.consumer.memoryMb, billedConsumerMs(measured, load))
  return [
    costRow('Lambda consumer', 'requests', 'lambdaRequest', batches),
    costRow('Lambda consumer', 'GB-seconds', 'lambdaGbSecond', seconds),
  ]
}

/** The event source mapping receives a batch by one request, and is taken to delete it by one. */
function queueRows({ messageBytes, sends }: Measured, { events, eventsABatch }: Load): CostRow[] {
  const batches = events / eventsABatch
  const received = batches * chunks(eventsABatch * messageBytes, sqsChunkBytes)
  return [
    costRow('SQS', 'sends', 'sqsRequest', events * sends * chunks(messageBytes, sqsChunkBytes)),
    costRow('SQS', 'receives', 'sqsRequest', received),
    costRow('SQS', 'deletes', 'sqsRequest', batches),
  ]
}

function tableRows({ writeUnits, storedBytes, tableReads }: Measured, { events }: Load): CostRow[] {
  const keptEvents = (events * defaults.eventRetentionDays) / daysAMonth
  const keptLedgers = (events * defaults.ledgerRetentionDays) / daysAMonth / assumptions.eventsAResource
  const gigabytes = (items: number, bytes: number) => (items * (bytes + itemOverheadBytes)) / gigabyte
  const tableGb = gigabytes(keptEvents, storedBytes.event) + gigabytes(keptLedgers, storedBytes.ledger)
  const indexGb = gigabytes(keptEvents, storedBytes.index)
  return [
    costRow('DynamoDB', 'write units, table', 'writeUnit', events * (writeUnits.ledger + writeUnits.event)),
    costRow('DynamoDB', 'write units, index', 'writeUnit', events * writeUnits.index),
    costRow('DynamoDB', 'read units', 'readUnit', events * tableReads),
    costRow('DynamoDB storage', 'GB, table and index', 'tableGbMonth', tableGb + indexGb),
    // The backup holds no index.
    costRow('DynamoDB storage', 'GB, point-in-time recovery', 'recoveryGbMonth', tableGb),
  ]
}

function logRows({ deliveryLineBytes, eventLineBytes, stack }: Measured, { events }: Load): CostRow[] {
  const functionsGb = (events * (deliveryLineBytes + eventLineBytes)) / gigabyte
  const accessGb = (events * stack.accessLineBytes) / gigabyte
  // Stored, they are compressed, at a ratio that AWS does not promise.
  const storedGb = ((functionsGb + accessGb) * defaults.logRetentionDays) / daysAMonth
  return [
    costRow('CloudWatch Logs', "GB, functions' lines", 'logGb', functionsGb),
    costRow('CloudWatch Logs', 'GB, access lines', 'logGb', accessGb),
    costRow('CloudWatch Logs', 'GB, stored', 'logGbMonth', storedGb),
  ]
}

function secretCalls({ secretReadsAnHour }: Measured): number {
  return assumptions.warmReceivers * secretReadsAnHour * hoursAMonth
}

function chunks(bytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes))
}
