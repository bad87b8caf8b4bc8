import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { type EventTableDeps, isWritten } from './event-table.ts'
import type { HandlerWrite } from './ledger.ts'
import { type Item, ledgerKey, writesAttribute, writeWrites } from './ledger-item.ts'
import { expiry, type Retention } from './retention.ts'

interface CountDeps extends EventTableDeps {
  retention: Retention
  /** Milliseconds since 1970. */
  now(): number
}

/** Clauses of the conditions, by what they mean. `#writes`: the handler's window and count. */
const clauses = {
  windowIsOpen: '#writes.#since > :windowStart',
  handlerNeverWrote: 'attribute_not_exists(#writes)',
  windowIsOver: '#writes.#since <= :windowStart',
} as const

/** How often a write is counted anew when another of the same handler came between. */
const maxRounds = 5

/** Counts a write in the ledger of the resource: one conditional write, two for the first of a window. */
export async function countWrite(deps: CountDeps, write: HandlerWrite, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    if (await addToWindow(deps, write, signal)) return
    if (await beginWindow(deps, write, signal)) return
  }
  throw new Error(`The writes of ${write.handler} could not be counted: too many at once. Try again.`)
}

function addToWindow(deps: CountDeps, write: HandlerWrite, signal: AbortSignal): Promise<boolean> {
  return update(deps, write, signal, {
    UpdateExpression: 'SET #writes.#count = #writes.#count + :one',
    ConditionExpression: clauses.windowIsOpen,
    names: { '#count': 'n' },
    values: { ':one': { N: '1' } },
  })
}

function beginWindow(deps: CountDeps, write: HandlerWrite, signal: AbortSignal): Promise<boolean> {
  const nowEpochMs = deps.now()
  return update(deps, write, signal, {
    UpdateExpression: 'SET #writes = :writes, #ttl = :ttl',
    ConditionExpression: `${clauses.handlerNeverWrote} OR ${clauses.windowIsOver}`,
    names: { '#ttl': 'ttl' },
    values: {
      ':writes': writeWrites({ count: 1, sinceEpochMs: nowEpochMs }),
      ':ttl': { N: String(expiry(nowEpochMs, deps.retention.ledgersMs)) },
    },
  })
}

function update(
  deps: CountDeps,
  { resourceKey, handler, windowMs }: HandlerWrite,
  signal: AbortSignal,
  change: {
    UpdateExpression: string
    ConditionExpression: string
    names: Record<string, string>
    values: Item
  },
): Promise<boolean> {
  const { UpdateExpression, ConditionExpression, names, values } = change
  const command = new UpdateItemCommand({
    TableName: deps.tableName,
    Key: ledgerKey(resourceKey),
    UpdateExpression,
    ConditionExpression,
    ExpressionAttributeNames: { '#writes': writesAttribute(handler), '#since': 's', ...names },
    ExpressionAttributeValues: { ':windowStart': { N: String(deps.now() - windowMs) }, ...values },
  })
  return isWritten(deps, command, signal)
}
