import { type DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb'
import { walksKey } from '../../../shared/catch-up/walk-store.ts'
import { accountKeyPrefix } from '../../../shared/event/event-identity.ts'
import type { Item } from '../../../shared/ledger/ledger-item.ts'
import { asidePrefix } from '../../../shared/queue/stored-body.ts'

export interface AccountItemsDeps {
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
}

/** What the table and the dead letters hold of an account, as it is counted. */
export const heldKinds = [
  'events',
  'bodyParts',
  'ledgers',
  'apiWrites',
  'putAside',
  'other',
  'deadLetters',
] as const
export type HeldKind = (typeof heldKinds)[number]
export type HeldCounts = Readonly<Record<HeldKind, number>>

export const noneHeld = Object.fromEntries(heldKinds.map((kind) => [kind, 0])) as HeldCounts

/** How many there are with these. */
export function withKinds(counts: HeldCounts, kinds: readonly HeldKind[]): HeldCounts {
  const sum: Record<HeldKind, number> = { ...counts }
  for (const kind of kinds) sum[kind] += 1
  return sum
}

/** By its key alone. */
export function kindOf({ pk, sk }: Item): HeldKind {
  const [partition = '', sort = ''] = [pk?.S, sk?.S]
  if (partition.startsWith('write|')) return 'apiWrites'
  if (partition.startsWith(asidePrefix)) return sort === 'part' ? 'bodyParts' : 'putAside'
  if (sort.startsWith('event#')) return 'events'
  if (sort.startsWith('body#')) return 'bodyParts'
  return sort === 'ledger' ? 'ledgers' : 'other'
}

/** Which items are meant, as a filter of DynamoDB says it. */
export interface ItemFilter {
  FilterExpression: string
  ExpressionAttributeNames: Record<string, string>
  ExpressionAttributeValues: Item
  /** @default all attributes */
  ProjectionExpression?: string
}

/** Whether a text that holds JSON names the account, in whatever place. */
export function accountInJson(accountId: string): string {
  return JSON.stringify(accountId)
}

/** Clauses of the filter, by what they mean. */
const clauses = {
  isOfResource: 'begins_with(#pk, :resources)',
  isWriteOfAccount: '(begins_with(#pk, :writes) AND #accountId = :account)',
  isAside: 'begins_with(#pk, :aside)',
  isWalkOfAccount: '(#pk = :walks AND begins_with(#sk, :resources))',
  asideNamesResource:
    '(begins_with(#resource, :resources) OR begins_with(#attributes.#resource, :resources))',
  asideNamesNone: '(attribute_not_exists(#attributes.#resource) AND contains(#body, :named))',
} as const

/** What says the keys of all items of an account: its own item and the mark of a removed one have partitions of their own, and stay. */
export function itemsOfAccount(accountId: string): ItemFilter {
  const { isOfResource, isWriteOfAccount, isWalkOfAccount, isAside, asideNamesResource, asideNamesNone } =
    clauses
  return {
    FilterExpression: `${isOfResource} OR ${isWriteOfAccount} OR ${isWalkOfAccount} OR (${isAside} AND (${asideNamesResource} OR ${asideNamesNone}))`,
    ProjectionExpression: '#pk, #sk',
    ExpressionAttributeNames: {
      ...{ '#pk': 'pk', '#sk': 'sk', '#accountId': 'accountId', '#body': 'body' },
      ...{ '#resource': 'resource', '#attributes': 'attributes' },
    },
    ExpressionAttributeValues: {
      ':resources': { S: accountKeyPrefix(accountId) },
      ':writes': { S: 'write|' },
      ':walks': { S: walksKey },
      ':account': { S: accountId },
      ':aside': { S: asidePrefix },
      ':named': { S: accountInJson(accountId) },
    },
  }
}

/** The events of an account, with all that their items hold. */
export function eventsOfAccount(accountId: string): ItemFilter {
  return {
    FilterExpression: 'begins_with(#pk, :resources) AND begins_with(#sk, :events)',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: {
      ':resources': { S: accountKeyPrefix(accountId) },
      ':events': { S: 'event#' },
    },
  }
}

/** So many parts of the table are read at once. */
const segments = 8

/**
 * Reads the whole table, a page of each part at a time, and yields what the filter lets through. A resource's items come in the
 * order of their sort keys. `looked`: how many items were looked at so far. Throws what the table does, and the signal's reason.
 */
export async function* scanItems(
  { dynamodb, tableName }: AccountItemsDeps,
  filter: ItemFilter,
  signal: AbortSignal,
): AsyncGenerator<{ items: Item[]; looked: number }> {
  let parts = Array.from({ length: segments }, (_, Segment) => ({
    Segment,
    next: undefined as Item | undefined,
  }))
  let looked = 0
  while (parts.length > 0) {
    signal.throwIfAborted()
    const pages: ScanCommandOutput[] = await Promise.all(
      parts.map(({ Segment, next }) =>
        dynamodb.send(
          new ScanCommand({
            ...{ TableName: tableName, ConsistentRead: true, TotalSegments: segments, Segment },
            ...filter,
            ...(next && { ExclusiveStartKey: next }),
          }),
          { abortSignal: signal },
        ),
      ),
    )
    for (const { ScannedCount = 0 } of pages) looked += ScannedCount
    yield { items: pages.flatMap(({ Items = [] }) => Items), looked }
    parts = parts.flatMap(({ Segment }, index) => {
      const next = pages[index]?.LastEvaluatedKey
      return next ? [{ Segment, next }] : []
    })
  }
}
