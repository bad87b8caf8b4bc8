import { randomUUID } from 'node:crypto'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { TestContext } from 'vitest'
import { on, PermanentFailure, type SmokeballEvent } from '#webhooks'
import type { Local } from '#webhooks/testing'
import type { StartLocalOptions } from '../../../../infra/local/local.ts'
import { startLocal } from '../../../../infra/local/start-local.ts'
import type { DeadLettersDeps } from '../../../../infra/operate/dead-letters/walk-dead-letters.ts'
import { readEnvelope } from '../../../../shared/event/envelope.ts'
import { epochMsToTicks } from '../../../../shared/event/ticks.ts'
import {
  ledgerKey,
  writeLease,
  writeSlot,
  writesAttribute,
  writeWrites,
} from '../../../../shared/ledger/ledger-item.ts'
import { readEvent, type StoredEvent } from '../../../../shared/ledger/read-event.ts'
import { type Waiting, waitingIn } from '../../../../shared/queue/waiting.ts'
import { systemClock } from '../../../../shared/runtime/clock.ts'

export const firm = '1e53979d-9269-4159-b104-2e603670f59d'
const signal = new AbortController().signal

/** A contact's notification, about a resource of its own unless it is named. */
export function notification({ id = randomUUID(), secondsAgo = 1, type = 'contact.updated' } = {}): string {
  const ticks = epochMsToTicks(Date.now() - secondsAgo * 1000)
  return (
    `{"subscriptionId":"s","type":"${type}","payload":{"id":"${id}","name":"Ann","number":12345678901234567891},` +
    `"source":"Smokeball","userId":"u","accountId":"${firm}","timestamp":${ticks}}`
  )
}

/** What the handler does with all events that come, until the test says otherwise. */
export type Mood = 'fails' | 'fails for good' | 'works'

/** The handler of the world `crm`, in a mood that can be changed. `done`: ids of the events that it handled. */
export function moodyHandler() {
  const handler = {
    mood: 'fails' as Mood,
    done: [] as string[],
    handlers: [
      on('contact.*', { name: 'crm', order: 'every' }, (event: SmokeballEvent) => {
        if (handler.mood === 'fails') throw new Error('no CRM today')
        if (handler.mood === 'fails for good') throw new PermanentFailure('no such customer')
        handler.done.push(event.id)
      }),
    ],
  }
  return handler
}

/** The ledger of a notification's resource, as it is after four of its workers died, or after a loop of writes. */
export async function writeLedger(
  { dynamodb, tableName }: DeadLettersDeps,
  text: string,
  after: 'four deaths' | 'a loop',
): Promise<void> {
  const { resourceKey, ticks, eventId } = readEnvelope(text)
  const died = {
    'a#f#updated': writeSlot({ ticks, eventId, claimedEpochMs: Date.now() }),
    lease: writeLease({ eventId, owner: 'dead', untilEpochMs: 0, tries: 4 }),
    fence: { N: '4' },
  }
  const looped = { [writesAttribute('crm')]: writeWrites({ count: 50, sinceEpochMs: Date.now() }) }
  const Item = { ...ledgerKey(resourceKey), ...(after === 'four deaths' ? died : looped) }
  await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }))
}

/** An event as the table has it. */
export function storedEvent(
  { dynamodb, tableName }: DeadLettersDeps,
  text: string,
): Promise<StoredEvent | undefined> {
  return readEvent({ client: dynamodb, tableName }, readEnvelope(text), signal)
}

export interface DeadLettersWorld {
  local: Local
  deps: DeadLettersDeps
  sqs: SQSClient
  /** Delivers, and waits until all is done. */
  deliver(...texts: string[]): Promise<void>
  deadLetters(): Promise<Waiting>
}

/** The whole pipeline, whose handlers fail once and for all. */
export async function deadLettersWorld(
  context: Pick<TestContext, 'onTestFinished'>,
  options: StartLocalOptions,
): Promise<DeadLettersWorld> {
  const local = await startLocal({ maxAttempts: 1, ...options })
  const world = worldOf(context, local)
  context.onTestFinished(local.stop)
  return world
}

/** What tests of dead letters do with a pipeline that runs. */
export function worldOf(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  local: Local,
): DeadLettersWorld {
  const sqs = new SQSClient(local.sqs)
  const dynamodb = new DynamoDBClient(local.dynamodb)
  onTestFinished(() => {
    for (const client of [sqs, dynamodb]) client.destroy()
  })
  const { tableName, queueUrl, deadLetterQueueUrl } = local
  return {
    local,
    sqs,
    deps: { sqs, dynamodb, tableName, queueUrl, deadLetterQueueUrl, clock: systemClock },
    async deliver(...texts) {
      for (const text of texts) {
        const { status } = await local.deliver(text)
        if (status !== 200) throw new Error(`The delivery was answered ${status}`)
      }
      await local.settled()
    },
    deadLetters: () => waitingIn(sqs, deadLetterQueueUrl, signal),
  }
}
