import { randomUUID } from 'node:crypto'
import { type DynamoDBClient, GetItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { expect, type TestContext } from 'vitest'
import type { PurgeDeps } from '../../../../infra/operate/accounts/purge-account.ts'
import { walksKey } from '../../../../shared/catch-up/walk-store.ts'
import { eventId, resourceKey } from '../../../../shared/event/event-identity.ts'
import type { Ticks } from '../../../../shared/event/ticks.ts'
import { writeEventItems } from '../../../../shared/ledger/event-item.ts'
import type { Item } from '../../../../shared/ledger/ledger-item.ts'
import { ledgerKey } from '../../../../shared/ledger/ledger-item.ts'
import { retentionOf } from '../../../../shared/ledger/retention.ts'
import { sqsAttributes } from '../../../../shared/queue/sqs-attributes.ts'
import { maxBodyBytes, storedBody } from '../../../../shared/queue/stored-body.ts'
import { removedAccountKey } from '../../../../shared/smokeball-api/account.ts'
import { recordedWrites } from '../../../../shared/smokeball-api/recorded-writes.ts'
import { impatientClock } from '../../cli/impatient-clock.ts'
import { deadLettersWorld } from '../dead-letters/dead-letters-world.ts'

const { signal } = new AbortController()
const retention = retentionOf({ events: 30, ledgers: 60 })

/** A number that no `number` holds. */
export const digits = '12345678901234567890.10'

/** A deployment whose clock skips waits, and that holds whatever a test puts in. */
export async function purgeWorld(context: Pick<TestContext, 'onTestFinished'>) {
  const world = await deadLettersWorld(context, { handlers: [] })
  const { dynamodb, tableName, deadLetterQueueUrl } = world.deps
  const clock = impatientClock(20)
  const deps: PurgeDeps = { ...world.deps, clock, random: Math.random, randomId: randomUUID }
  const put = (...items: Item[]) =>
    Promise.all(
      items.map((Item) =>
        dynamodb.send(new PutItemCommand({ TableName: tableName, Item }), { abortSignal: signal }),
      ),
    )

  async function putEvent(accountId: string, id: string, name = 'Ann') {
    const payloadText = `{"id":"${id}","name":"${name}","number":${digits}}`
    const text = `{"type":"contact.updated","accountId":"${accountId}","payload":${payloadText},"timestamp":7}`
    const key = resourceKey(accountId, 'contact', id)
    const ticks = 7n as Ticks
    const { parts, event } = writeEventItems(
      {
        ...{
          resourceKey: key,
          ticks,
          type: 'contact.updated',
          status: 'handled',
          handlers: {},
          attempts: 1,
          fence: 1,
        },
        eventId: eventId({ accountId, type: 'contact.updated', ticks, payloadText }),
        delivery: {
          ...{ requestId: 'r', sentTicks: ticks, receivedEpochMs: 1 },
          ...{ subscriptionId: 's', source: 'API', userId: 'u' },
        },
        text,
      },
      clock.now(),
      retention,
    )
    await put({ ...ledgerKey(key), fence: { N: '1' } }, ...parts, event)
    return text
  }

  async function putLetter(body: string, attributes: Record<string, string> = {}) {
    const command = new SendMessageCommand({
      QueueUrl: deadLetterQueueUrl,
      MessageBody: body,
      MessageAttributes: sqsAttributes({ received: '1', key: '-', reason: 'of a test', ...attributes }),
      MessageGroupId: randomUUID(),
      MessageDeduplicationId: randomUUID(),
    })
    await world.sqs.send(command)
  }

  /** What the table can hold of an account, one of each kind, and letters of two kinds. */
  async function putAll(accountId: string) {
    const text = await putEvent(accountId, 'a')
    // Noise cannot be compressed.
    await putEvent(accountId, 'large', Array.from({ length: 24_000 }, randomUUID).join(''))
    const { recordWrite } = recordedWrites({ client: dynamodb, tableName })
    const write = { accountId, method: 'PATCH', path: '/contacts/a', atEpochMs: clock.now() }
    await recordWrite({ ...write, requestId: `of-${accountId}` }, signal)
    const key = resourceKey(accountId, 'contact', 'a')
    const partition = { pk: { S: 'aside#3' } }
    const gzipped = Buffer.alloc(maxBodyBytes + 1, accountId)
    const body = storedBody({ gzipped, resourceKey: key }, `stored-${accountId}`, clock.now())
    // A body that no message refers to: the receiver died after it had stored it.
    const orphan = storedBody({ gzipped, resourceKey: key }, `orphan-${accountId}`, clock.now())
    await put(
      {
        ...{ ...partition, sk: { S: `1#${accountId}` }, body: { S: text } },
        attributes: { M: { resource: { S: key }, encoding: { S: body.encoding } } },
      },
      ...body.items,
      { ...partition, sk: { S: `2#${accountId}` }, body: { S: text }, attributes: { M: {} } },
      ...orphan.items,
      { pk: { S: walksKey }, sk: { S: `${accountId}|contact` }, known: { N: '7' } },
    )
    await putLetter(text)
    await putLetter(`{"accountId":"${accountId}"`)
  }

  async function rest(): Promise<string[]> {
    const client = dynamodb as DynamoDBClient
    const pages = await Array.fromAsync(paginateScan({ client }, { TableName: tableName }))
    const items = pages.flatMap(({ Items = [] }) => Items)
    return items.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).toSorted()
  }

  /** The mark of the account, as JSON. */
  async function mark(accountId: string): Promise<string> {
    const get = new GetItemCommand({ TableName: tableName, Key: removedAccountKey(accountId) })
    return JSON.stringify((await dynamodb.send(get, { abortSignal: signal })).Item)
  }

  return { ...world, deps, clock, mark, put, putEvent, putLetter, putAll, rest }
}

/** What `putAll` leaves of an account. */
export const allOfOne = {
  ...{ events: 2, ledgers: 2, apiWrites: 1, putAside: 2, other: 1, deadLetters: 2 },
  bodyParts: expect.any(Number),
}
