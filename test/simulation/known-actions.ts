import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { maxSlots } from '../../shared/ledger/ledger-slots.ts'
import { notificationOf } from './notifications.ts'
import type { World } from './world.ts'

/** A resource with a long past: the ledger as it is after so many actions. */
export function knowActions({ history, dynamodb, witness, time }: World): void {
  if (history.knownActions === 0) return
  const slots = Object.fromEntries(
    Array.from({ length: history.knownActions }, (_, nth) => [
      `a#f#past-${nth}`,
      { M: { t: { N: '1' }, e: { S: 'past' }, c: { N: String(time.now()) } } },
    ]),
  )
  for (const [index, plan] of history.events.entries()) {
    const pk = { S: notificationOf(plan, index, 0).event.resourceKey }
    const full = history.knownActions > maxSlots && { full: { BOOL: true } }
    const item = { pk, sk: { S: 'ledger' }, fence: { N: String(history.knownActions) }, ...slots, ...full }
    dynamodb.apply(new PutItemCommand({ TableName: 'events', Item: item }))
  }
  witness.trace.push([time.now(), 'known actions', history.knownActions])
}
