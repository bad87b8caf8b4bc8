import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, type TestContext, vi } from 'vitest'
import { on } from '#webhooks'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { readFeed } from '../../../shared/ledger/event-feed.ts'
import { eventRecord, startEpochMs, writeEvents } from '../../shared/ledger/event-table.ts'
import { impatientClock } from './impatient-clock.ts'
import { runWebhooks } from './run-webhooks.ts'
import { type RunningLocal, runningLocal } from './running-local.ts'

const signal = new AbortController().signal

export function notification(id: string, ticks = 639170696424691361n): string {
  return `{"accountId":"firm","type":"contact.updated","payload":{"id":"${id}"},"timestamp":${ticks}}`
}

/** All that the table has, the newest first. */
export async function rowsOf({ local }: RunningLocal) {
  const client = new DynamoDBClient(local.dynamodb)
  const rows = []
  let cursor: string | undefined
  do {
    const page = await readFeed({ client, tableName: local.tableName }, { limit: 500, cursor }, signal)
    rows.push(...page.events)
    cursor = page.cursor
  } while (cursor !== undefined)
  client.destroy()
  return rows
}

/** Replays so many events by a command that is killed half way, goes on as it said, and expects each handled once. */
export async function replayedOnceThoughKilled(
  context: Pick<TestContext, 'onTestFinished'>,
  count: number,
): Promise<void> {
  const runs = new Map<string, number>()
  const pipeline = await runningLocal(context, {
    handlers: [
      on('contact.*', { name: 'new', order: 'every' }, ({ resource }) => {
        runs.set(resource.id, (runs.get(resource.id) ?? 0) + 1)
      }),
    ],
  })
  const { local, run, env } = pipeline
  const client = new DynamoDBClient(local.dynamodb)
  await writeEvents(
    { client, tableName: local.tableName },
    Array.from({ length: count }, (_, at) => {
      const text = notification(String(at), epochMsToTicks(startEpochMs + at))
      const { resourceKey, ticks, eventId } = readEnvelope(text)
      return eventRecord({
        ...{ resourceKey, ticks, eventId, text, status: 'unhandled', handlers: {} },
        receivedEpochMs: startEpochMs + at,
      })
    }),
  )
  client.destroy()
  const filter = ['--outcome', 'unhandled', '--handler', 'new']
  const asked = await run('replay', ...filter)
  expect(asked).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`These are ${count} events. Add --yes`),
  })

  const rate = String(Math.ceil(count * 0.4))
  const args = ['infra/cli/main.ts', 'replay', ...filter, '--yes', '--rate', rate, '--local']
  const child = spawn(process.execPath, args, { cwd: projectRoot, env: { PATH: process.env.PATH, ...env } })
  const said = text(child.stderr)
  await vi.waitFor(() => expect(runs.size).toBeGreaterThan(count * 0.3), { timeout: 60_000, interval: 20 })
  child.kill('SIGKILL')
  await once(child, 'close')
  const goOn = /go on with: npx smokeball-webhooks (.*)\n/.exec(await said)?.[1] ?? ''
  const goOnArgs = goOn.split(' ').map((word) => word.replaceAll("'", ''))
  await local.settled()
  expect(runs.size).toBeLessThan(count)
  const goingOn = { env, clock: impatientClock(5) }
  const ended = await runWebhooks(goOnArgs, goingOn)
  expect(ended).toMatchObject({ code: 0 })
  await local.settled()
  expect([runs.size, ...new Set(runs.values())]).toEqual([count, 1])
  expect((await rowsOf(pipeline)).every(({ status }) => status === 'handled')).toBe(true)
  const again = await runWebhooks([...goOnArgs, '--json'], goingOn)
  expect(JSON.parse(again.stdout)).toMatchObject({ sent: 0, left: 0 })
}
