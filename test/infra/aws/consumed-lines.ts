import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SendMessageCommand, SendMessageCommandInput } from '@aws-sdk/client-sqs'
import { type ConsumeDeps, consumeBatch } from '../../../functions/consumer/consume-batch.ts'
import type { ReceivedMessage } from '../../../functions/consumer/sqs-batch.ts'
import { defaults } from '../../../infra/settings/settings-schema.ts'
import type { Handler } from '../../../shared/handling/handler-registry.ts'
import { dynamodbLedger } from '../../../shared/ledger/dynamodb-ledger.ts'
import { retentionOf } from '../../../shared/ledger/retention.ts'
import { sqsLaterQueue } from '../../../shared/queue/later.ts'
import { packMessage } from '../../../shared/queue/message.ts'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import { simulatedDynamodb } from '../../simulation/simulated-dynamodb.ts'
import { attributesOf } from '../../simulation/simulated-queue.ts'
import { withoutLater } from '../../without-later.ts'
import { withoutSmokeball } from '../../without-smokeball.ts'

/**
 * An event's lines, as the consumer writes them while the event comes back: its real code, on a clock that leaps ahead.
 * `writes`: how often each handler wrote to Smokeball before, for the event's resource.
 */
export async function consumedLines(
  handlers: readonly Handler[],
  writes = 0,
): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = []
  let nowEpochMs = Date.UTC(2026, 0, 1)
  let claims = 0
  const delayed: SendMessageCommandInput[] = []
  const { client } = simulatedDynamodb({ itemOnFailure: true })
  const deps: ConsumeDeps = {
    handlers,
    maxAttempts: defaults.maxAttempts,
    ledger: dynamodbLedger({
      client: client as DynamoDBClient,
      tableName: 'events',
      retention: retentionOf({ events: 30, ledgers: 400 }),
      now: () => nowEpochMs,
      // A claim with the id of the one before is the same one, sent again.
      randomId: () => `claim-${++claims}`,
    }),
    deadLetters: { send: async () => {} },
    clock: { now: () => nowEpochMs, after: () => () => {} },
    random: () => 0,
    log: (_, line) => void lines.push(line),
    describe: String,
    ...withoutSmokeball,
    ...withoutLater,
    later: sqsLaterQueue({
      client: { send: async ({ input }: SendMessageCommand) => void delayed.push(input) } as never,
      ...{ delayQueueUrl: 'delay', eventQueueUrl: 'events', now: () => nowEpochMs, randomId: () => 'random' },
    }),
    randomId: () => `token-${++claims}`,
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async () => false,
    async changeVisibility(_, seconds) {
      nowEpochMs += seconds * 1000
    },
  }
  const signal = new AbortController().signal
  for (let count = 0; count < writes; count++) {
    for (const { name } of handlers)
      await deps.ledger.countWrite({ resourceKey: 'a|matter|1', handler: name, windowMs: 600_000 }, signal)
  }
  let at: ReceivedMessage | undefined = message()
  for (let count = 0; at && count < 100; count++) {
    const limit = timeLimitOf(nowEpochMs, 30_000, signal)
    const kept = await consumeBatch(deps, { messages: [at], limit })
    const next = delayed.shift()
    nowEpochMs += 1000 * (next?.DelaySeconds ?? 0)
    at = next
      ? { ...at, body: '-', attributes: attributesOf(next.MessageAttributes) }
      : kept.length > 0
        ? at
        : undefined
  }
  return lines
}

function message(): ReceivedMessage {
  const text = '{"type":"matter.updated","accountId":"a","timestamp":639170696424691361,"payload":{"id":"1"}}'
  const note = { requestId: '', sentTicks: undefined, receivedEpochMs: 0, keyFingerprint: '' }
  const packed = packMessage(Buffer.from(text), note)
  if (!packed) throw new Error('too long for a test')
  return { ...packed, messageId: 'm', receiptHandle: 'r', groupId: 'g', receiveCount: 1, isDelayed: false }
}
