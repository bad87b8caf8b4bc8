import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, type TestContext } from 'vitest'
import { on } from '#webhooks'
import { parseLossless } from '../../../shared/event/lossless-json.ts'
import { accounts } from '../../../shared/smokeball-api/accounts.ts'
import { firm, notification } from '../operate/dead-letters/dead-letters-world.ts'
import { failingLocal } from './failing-local.ts'
import { impatientClock } from './impatient-clock.ts'
import { onTerminal } from './on-terminal.ts'
import { runWebhooks } from './run-webhooks.ts'
import { runningLocal } from './running-local.ts'

const { signal } = new AbortController()

async function folderFor({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-export-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

it('purges what a deployment holds of a firm, once it is removed and somebody says so', {
  timeout: 60_000,
}, async (context) => {
  const { deliver, deps, run, json, env, deadLetters } = await failingLocal(context)
  const registry = accounts({
    ...{ client: deps.dynamodb, tableName: deps.tableName },
    ...{ now: Date.now, randomId: () => 'x' },
  })
  await registry.add(firm, signal)
  await deliver(notification(), notification())
  const purge = (...args: string[]) => run('accounts', 'purge', firm, ...args)
  const held = { events: 2, ledgers: 2, deadLetters: 2 }
  expect(await json('accounts', 'purge', firm, '--dry-run')).toMatchObject({
    ...{ account: firm, deployment: 'npm start', isConnected: true, held },
  })
  expect((await purge('--dry-run')).stdout).toMatch(
    /^A purge would delete of .*:\n +2 {2}events\n[\s\S]*It is still connected\. Before a purge: .*accounts remove/,
  )
  expect(await purge('--yes')).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: `${firm} is still connected, and its events go on coming. Remove it first: npx smokeball-webhooks accounts remove --local -- ${firm}\n`,
  })
  await registry.remove(firm, signal)
  expect(await purge()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Say --yes to delete all of/),
  })
  expect(await run('accounts', 'purge', 'a b', '--yes')).toMatchObject({ code: 2 })

  const args = ['accounts', 'purge', firm, '--no-wait']
  const question = `Delete all that npm start holds of ${firm} for good?`
  const refused = await onTerminal([...args, '--local'], env, [[question, 'n']])
  expect([refused.code, refused.screen]).toEqual([1, expect.stringContaining('Nothing was deleted.')])
  expect(await deadLetters()).toEqual({ waiting: 2, inWork: 0 })
  const first = await onTerminal([...args, '--local'], env, [[question, 'y']])
  expect([first.code, first.screen]).toEqual([
    1,
    expect.stringMatching(/Finished {2}not yet[\s\S]*run it again: npx/),
  ])
  expect(await deadLetters()).toEqual({ waiting: 0, inWork: 0 })

  const clock = impatientClock(20)
  const options = { env, clock }
  const done = await runWebhooks(['accounts', 'purge', firm, '--yes', '--json', '--local'], options)
  expect(done).toMatchObject({ code: 0, stderr: expect.stringMatching(/^By then, all functions know/) })
  const receipt = JSON.parse(done.stdout)
  expect(receipt).toMatchObject({
    account: firm,
    deleted: held,
    recoverableUntil: null,
    began: expect.any(String),
  })
  expect(Date.parse(receipt.finished) - Date.parse(receipt.began)).toBeGreaterThan(330_000)
  expect(done.stdout).not.toContain('Ann')
  expect((await runWebhooks(['accounts', 'purge', firm, '--yes', '--local'], options)).stdout).toMatch(
    /^Purge of .* from npm start\nBegan .* UTC\nFinished .* UTC\nDeleted:\n +2 {2}events\n/,
  )
})

it('writes the events of a firm as JSON lines, with every digit', { timeout: 60_000 }, async (context) => {
  const handlers = [on('contact.*', { name: 'see' }, () => {})]
  const { local, run, env } = await runningLocal(context, { handlers })
  const folder = await folderFor(context)
  const texts = [notification(), notification({ type: 'contact.\u202eb' })]
  const other = notification().replaceAll(firm, 'other')
  for (const text of [...texts, other]) expect((await local.deliver(text)).status).toBe(200)
  await local.settled()

  const { code, stdout, stderr } = await run('accounts', 'export', firm)
  expect([code, stderr]).toEqual([0, `Wrote 2 events of ${firm}, of npm start.\n`])
  const exported = stdout
    .trimEnd()
    .split('\n')
    .map((line) => parseLossless(line) as Record<string, unknown>)
  expect(exported.map(({ notification }) => notification).toSorted()).toEqual(texts.toSorted())
  expect(stdout).toContain('12345678901234567891')
  const { events } = JSON.parse((await run('events', 'list', '--json')).stdout)
  for (const { notification: _, ...facts } of exported)
    expect(events).toContainEqual(JSON.parse(JSON.stringify(facts)))

  const file = join(folder, 'firm.jsonl')
  const saved = await run('accounts', 'export', firm, '--output', file, '--json')
  expect(JSON.parse(saved.stdout)).toEqual({ account: firm, deployment: 'npm start', events: 2, file })
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => parseLossless(line))
  expect(lines).toEqual(exported)
  const elsewhere = await run('accounts', 'export', firm, '--output', join(folder, 'none', 'firm.jsonl'))
  expect(elsewhere).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Cannot write .*Name another with --output/),
  })

  // One that fails leaves what was there, and no half of a file.
  await local.stop()
  expect((await runWebhooks(['accounts', 'export', firm, '--output', file, '--local'], { env })).code).toBe(1)
  expect(readFileSync(file, 'utf8')).toContain('12345678901234567891')
  expect(await readdir(folder)).toEqual(['firm.jsonl'])
})
