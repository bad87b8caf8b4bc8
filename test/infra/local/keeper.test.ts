import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it, type TestContext, vi } from 'vitest'
import { bringInWhenPutAside, localKeeper } from '../../../infra/local/lambda/keeper.ts'
import { lineRecord } from '../../../infra/local/line-record.ts'

/** A keeper of one's own; `bundles` counts how often it was made. */
async function keeperOf({ onTestFinished }: TestContext, source: string, env: () => Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-keeper-'))
  const record = lineRecord()
  const counts = { bundles: 0 }
  const keeper = localKeeper({
    async bundle() {
      counts.bundles += 1
      await writeFile(join(folder, 'index.mjs'), source)
      return join(folder, 'index.mjs')
    },
    ...{ env, record },
  })
  onTestFinished(async () => {
    await keeper.stop(0)
    await rm(folder, { recursive: true })
  })
  return { keeper, record, counts }
}

it('starts at the first invocation, and stays', async (test) => {
  const source = `console.info({ loaded: true }); export const handler = async () => process.pid`
  const { keeper, record, counts } = await keeperOf(test, source, () => ({}))
  expect(counts.bundles).toBe(0)
  const pids = [await keeper.invoke({}), await keeper.invoke({})]
  expect([new Set(pids).size, counts.bundles]).toEqual([1, 1])
  expect(record.lines).toMatchObject([{ source: 'keeper', level: 'info', message: 'loaded: true' }])
})

it('is started anew when the handlers subscribe to something else', async (test) => {
  let EVENT_TYPES = 'matter.updated'
  const source = `export const handler = async () => [process.pid, process.env.EVENT_TYPES]`
  const { keeper } = await keeperOf(test, source, () => ({ EVENT_TYPES }))
  const [first, before] = (await keeper.invoke({})) as [number, string]
  EVENT_TYPES = 'contact.*'
  const [second, after] = (await keeper.invoke({})) as [number, string]
  expect([before, after]).toEqual(['matter.updated', 'contact.*'])
  expect(second).not.toBe(first)
})

it('runs one invocation at a time', async (test) => {
  const source = `let running = 0
    export const handler = async () => {
      running += 1
      await new Promise((resolve) => setTimeout(resolve, 50))
      return running--
    }`
  const { keeper } = await keeperOf(test, source, () => ({}))
  expect(await Promise.all([keeper.invoke({}), keeper.invoke({})])).toEqual([1, 1])
})

it('waits for the invocation before, also when the next one takes a new process', async (test) => {
  const source = `export const handler = async () => {
      const begun = Date.now()
      await new Promise((resolve) => setTimeout(resolve, 50))
      return { pid: process.pid, begun, ended: Date.now() }
    }`
  let asked = 0
  const { keeper } = await keeperOf(test, source, () => ({ EVENT_TYPES: String(asked++) }))
  const [first, second] = (await Promise.all([keeper.invoke({}), keeper.invoke({})])) as {
    pid: number
    begun: number
    ended: number
  }[]
  expect(second?.pid).not.toBe(first?.pid)
  expect(second?.begun).toBeGreaterThanOrEqual(first?.ended ?? Number.NaN)
})

it('tells why an invocation failed, and starts nothing after its end', async (test) => {
  const source = `export const handler = async () => { throw new Error('no firm') }`
  const { keeper, record } = await keeperOf(test, source, () => ({}))
  await expect(keeper.invoke({})).rejects.toMatchObject({ code: 'FUNCTION_ERROR' })
  expect(record.lines.map(({ message }) => message)).toEqual([expect.stringContaining('no firm')])
  await keeper.stop(0)
  await expect(keeper.invoke({})).rejects.toThrow('stopped')
})

it('brings in what was put aside, and again as long as something is left', async ({ onTestFinished }) => {
  const record = lineRecord()
  const left = [2, new Error('the table is away'), 0, 0]
  const events: unknown[] = []
  const invoke = async (event: unknown) => {
    events.push(event)
    const next = left.shift()
    if (next instanceof Error) throw next
    return { left: next }
  }
  onTestFinished(bringInWhenPutAside(record, invoke, 5))
  const tell = (delivery: string) =>
    record.from('receiver')({ type: 'log', level: 'info', json: JSON.stringify({ sb: 1, delivery, ms: 1 }) })
  tell('accepted')
  await setTimeout(50)
  expect(events).toEqual([])
  tell('put-aside')
  tell('put-aside')
  await vi.waitUntil(() => events.length === 3)
  await setTimeout(50)
  expect(events).toEqual(Array(3).fill({ bringIn: true }))
  tell('put-aside')
  await vi.waitUntil(() => events.length === 4)
})
