import { randomUUID } from 'node:crypto'
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { parseTicks } from '../../shared/event/ticks.ts'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import type { EventRecord } from '../../shared/ledger/event-record.ts'
import type { Claim, ClaimRequest } from '../../shared/ledger/ledger.ts'
import { retentionOf } from '../../shared/ledger/retention.ts'

export type Client = Pick<DynamoDBClient, 'send'>

/** A table with the keys `pk` and `sk` in some engine. */
export interface TableEngine {
  client: Client
  tableName: string
}

export const day = 86_400_000
export const startEpochMs = Date.UTC(2026, 0, 1)
export const retention = retentionOf({ events: 30, ledgers: 400 })

/** The ledger of one resource, with claims and records of events of which only the facts are given that matter. */
export function ledgerUnderTest(engineOf: () => TableEngine) {
  let nowEpochMs = startEpochMs
  let resourceKey = ''
  const { signal } = new AbortController()

  const nextResource = () => {
    resourceKey = `account|contact|${randomUUID()}`
  }
  const ledgerOn = (client: Client, clockOffMs = 0) =>
    dynamodbLedger({
      client,
      tableName: engineOf().tableName,
      retention,
      now: () => nowEpochMs + clockOffMs,
      randomId: randomUUID,
    })
  const request = (eventId: string, ticks: number, given: Partial<ClaimRequest> = {}): ClaimRequest => ({
    resourceKey,
    type: 'contact.updated',
    origin: 'foreign',
    ticks: parseTicks(String(ticks)),
    eventId,
    redrivenFence: undefined,
    replayId: undefined,
    laterToken: undefined,
    as: given.replayId === undefined && given.laterToken === undefined ? 'newest' : 'known',
    leaseUntilEpochMs: nowEpochMs + 35_000,
    signal,
    ...given,
  })
  const record = (
    eventId: string,
    ticks: number,
    claimed: Claim,
    given: Partial<EventRecord> = {},
  ): EventRecord => ({
    resourceKey,
    ticks: parseTicks(String(ticks)),
    eventId,
    type: 'contact.updated',
    status: 'handled',
    handlers: { h: { outcome: 'handled', failures: 0, waits: 0, ms: 7 } },
    attempts: 1,
    fence: 'fence' in claimed ? claimed.fence : 0,
    ...bodyOf(claimed),
    delivery: {
      requestId: 'r',
      sentTicks: parseTicks('639170696424691361'),
      receivedEpochMs: nowEpochMs,
      subscriptionId: 's',
      source: undefined,
      userId: undefined,
    },
    text: '{}',
    ...given,
  })

  return {
    ...{ nextResource, ledgerOn, request, record },
    begin() {
      nowEpochMs = startEpochMs
      nextResource()
    },
    resourceKey: () => resourceKey,
    later(ms: number) {
      nowEpochMs += ms
    },
    claim: (eventId: string, ticks: number, given: Partial<ClaimRequest> = {}) =>
      ledgerOn(engineOf().client).claim(request(eventId, ticks, given)),
    finish(...facts: Parameters<typeof record>) {
      const [, , claimed] = facts
      return ledgerOn(engineOf().client).finish(record(...facts), isStored(claimed), signal)
    },
    read: (eventId: string, ticks: number) =>
      ledgerOn(engineOf().client).read({ resourceKey, ticks: parseTicks(String(ticks)), eventId }, signal),
    deaths(...events: readonly (readonly [string, number])[]) {
      const keys = events.map(([eventId, ticks]) => ({
        ...{ resourceKey, ticks: parseTicks(String(ticks)), eventId },
      }))
      return ledgerOn(engineOf().client).deaths(resourceKey, keys, signal)
    },
    async item(sk: string): Promise<Record<string, AttributeValue>> {
      const get = new GetItemCommand({
        TableName: engineOf().tableName,
        Key: { pk: { S: resourceKey }, sk: { S: sk } },
        ConsistentRead: true,
      })
      return (await engineOf().client.send(get)).Item ?? {}
    },
  }
}

function previousOf(claimed: Claim) {
  return 'previous' in claimed ? claimed.previous : undefined
}

function isStored(claimed: Claim): boolean {
  const previous = previousOf(claimed)
  return previous !== undefined && !previous.isUnread
}

function bodyOf(claimed: Claim): Pick<EventRecord, 'bodyFence'> {
  const bodyFence = previousOf(claimed)?.bodyFence
  return bodyFence === undefined ? {} : { bodyFence }
}
