import { SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { startEngines } from '../../../infra/local/engines/engines.ts'
import { sendReplays } from '../../../infra/operate/replay/send-replays.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { writeEventItems } from '../../../shared/ledger/event-item.ts'
import { readEventRow } from '../../../shared/ledger/event-row.ts'
import { retentionOf } from '../../../shared/ledger/retention.ts'
import { eventRecord, eventTable, startEpochMs } from '../../shared/ledger/event-table.ts'

it.each([
  [1, 4],
  [4, 11],
  [50, 25],
])('sends at most %j a second', async (perSecond, count) => {
  const [table, engines] = await Promise.all([eventTable(), startEngines({ consumerTimeoutMs: 1_000 })])
  const sqs = new SQSClient(engines.sqsConfig)
  const records = Array.from({ length: count }, (_, at) =>
    eventRecord({ resourceKey: `firm|contact|${at}`, ticks: epochMsToTicks(startEpochMs + at) }),
  )
  await table.write(records)
  // A clock of its own, on which a call takes no time.
  let nowEpochMs = startEpochMs
  const sentAt: { atEpochMs: number; done: number }[] = []
  const clock = {
    now: () => nowEpochMs,
    after(ms: number, callback: () => void) {
      nowEpochMs += ms
      queueMicrotask(callback)
      return () => {}
    },
  }
  const deps = {
    client: table.client,
    tableName: table.tableName,
    sqs,
    queueUrl: engines.queueUrl,
    handlers: undefined,
    clock,
    onProgress: ({ sent }: { sent: number }) => sentAt.push({ atEpochMs: nowEpochMs, done: sent }),
  }
  const events = records.map((record) =>
    readEventRow(writeEventItems(record, startEpochMs, retentionOf({ events: 30, ledgers: 400 })).event),
  )
  const replay = { id: 'r', handlers: 'all' as const, force: false }
  const counts = await sendReplays(deps, { events, replay, perSecond }, new AbortController().signal)
  expect(counts).toEqual({ sent: count, 'already-replayed': 0, expired: 0 })
  for (const { atEpochMs, done } of sentAt) {
    const within = sentAt.filter((each) => each.atEpochMs > atEpochMs - 1_000 && each.atEpochMs <= atEpochMs)
    const before = sentAt.findLast((each) => each.atEpochMs <= atEpochMs - 1_000)?.done ?? 0
    expect(done - before, `${within.length} handfuls`).toBeLessThanOrEqual(perSecond)
  }
  sqs.destroy()
  await Promise.all([table.stop(), engines.stop()])
})
