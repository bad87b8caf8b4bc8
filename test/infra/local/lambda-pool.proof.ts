import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { isAlive } from '../../../infra/bundle/bundles-folder.ts'
import { type LambdaPool, lambdaPool } from '../../../infra/local/lambda/lambda-pool.ts'
import type { LoggedCall } from '../../../infra/operate/log-lines.ts'

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A pool around a function's source; `logs` is what it wrote. */
async function poolOf(
  source: string,
  { size = 1, timeLimitMs = 2_000, env = {} } = {},
): Promise<LambdaPool & { logs: LoggedCall[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-lambda-'))
  const bundleFile = join(folder, 'index.mjs')
  await writeFile(bundleFile, source)
  const logs: LoggedCall[] = []
  const pool = lambdaPool(
    { name: 'fake', bundleFile, env, timeLimitMs, onLog: (line) => void logs.push(line) },
    size,
  )
  cleanUps.push(
    () => pool.stop(0),
    () => rm(folder, { recursive: true }),
  )
  return Object.assign(pool, { logs })
}

it.for([
  ['a handler that is running', ['crm'], undefined, ', while the handler crm was running'],
  ['several', ['crm', 'mail'], 'log', ', while the handlers crm, mail were running'],
  ['the one that ran last', [], 'crm', ', after the handler crm had run'],
  ['nobody, before any has run', [], undefined, ''],
] as const)('names %s when the process ends or takes too long', async ([, running, last, named]) => {
  const pool = await poolOf(
    `import { channel } from 'node:diagnostics_channel'
    export const handler = async ({ exits }) => {
      channel('smokeball-webhooks:running-handlers').publish(${JSON.stringify({ running, last })})
      if (exits) process.exit(7)
      for (;;);
    }`,
    { timeLimitMs: 500 },
  )
  await expect(pool.invoke({ exits: true })).rejects.toMatchObject({
    message: `fake: the process exited with code 7 during an invocation${named}`,
  })
  await expect(pool.invoke({})).rejects.toMatchObject({
    message: `fake: an invocation took longer than 0.5 s and was killed, as Lambda does${named}`,
  })
})

it('runs invocations one at a time in a process that stays warm', async () => {
  const pool = await poolOf(`let calls = 0, running = 0
    export const handler = async (event) => {
      running += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { pid: process.pid, calls: ++calls, atOnce: running--, echo: event.n }
    }`)
  const results = (await Promise.all([1, 2, 3].map((n) => pool.invoke({ n })))) as Record<string, number>[]
  expect(new Set(results.map(({ pid }) => pid)).size).toBe(1)
  expect(results.map(({ calls, atOnce, echo }) => [calls, atOnce, echo])).toEqual([
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 3],
  ])
})

it('starts further processes up to its size when invocations come together', async () => {
  const pool = await poolOf(
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 100, process.pid))',
    { size: 2 },
  )
  const pids = await Promise.all([1, 2, 3, 4].map((n) => pool.invoke(n)))
  expect(new Set(pids).size).toBe(2)
})

it("gives Lambda's context, and no other environment than the one given", async () => {
  const pool = await poolOf(
    `export const handler = (event, context) => ({
      env: process.env,
      name: context.functionName,
      id: context.awsRequestId,
      left: context.getRemainingTimeInMillis(),
    })`,
    { env: { ONLY: 'this' } },
  )
  const result = (await pool.invoke({})) as { env: Record<string, string>; left: number }
  expect(result).toMatchObject({ name: 'fake', id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(Object.keys(result.env).filter((name) => !name.startsWith('NODE_CHANNEL'))).toEqual(['ONLY'])
  expect(result.left).toBeGreaterThan(1_000)
  expect(result.left).toBeLessThanOrEqual(2_000)
})

it('kills an invocation that never lets go, at its time limit, and replaces the process', async () => {
  const pool = await poolOf('export const handler = (hang) => { while (hang); return process.pid }', {
    timeLimitMs: 400,
  })
  const first = (await pool.invoke(false)) as number
  await expect(pool.invoke(true)).rejects.toMatchObject({ code: 'TIMED_OUT' })
  const second = await pool.invoke(false)
  expect(second).not.toBe(first)
  await expect.poll(() => isAlive(first), { timeout: 10_000 }).toBe(false)
})

it('takes a process that ends as a failed invocation, and replaces it', async () => {
  const pool = await poolOf('export const handler = (code) => (code ? process.exit(code) : "alive")')
  await expect(pool.invoke(3)).rejects.toMatchObject({
    code: 'EXITED',
    message: expect.stringContaining('code 3'),
  })
  await expect(pool.invoke(0)).resolves.toBe('alive')
})

it('reports what the function throws, and keeps the process', async () => {
  const pool = await poolOf(
    'let n = 0; export const handler = () => { if (n++ === 0) throw new TypeError("bad"); return n }',
  )
  await expect(pool.invoke({})).rejects.toMatchObject({
    code: 'FUNCTION_ERROR',
    failure: { name: 'TypeError', message: 'bad' },
  })
  await expect(pool.invoke({})).resolves.toBe(2)
})

it('reports a bundle that cannot be loaded', async () => {
  const pool = await poolOf('throw new Error("set me up"); export const handler = 1')
  await expect(pool.warmUp()).rejects.toMatchObject({
    code: 'INIT_FAILED',
    message: expect.stringContaining('set me up'),
  })
})

it('passes on what is written to the console and to the outputs', async () => {
  const pool = await poolOf(`export const handler = () => {
    console.info({ big: JSON.rawJSON('639170696424691361') })
    console.warn('careful %s', 'now')
    process.stdout.write('direct\\n')
  }`)
  await pool.invoke({})
  await expect.poll(() => pool.logs, { timeout: 10_000 }).toHaveLength(3)
  expect(pool.logs).toEqual(
    expect.arrayContaining([
      { type: 'log', level: 'info', json: '{"big":639170696424691361}' },
      { type: 'log', level: 'warn', text: 'careful now' },
      { type: 'log', level: 'info', text: 'direct' },
    ]),
  )
})

it('lets a running invocation end when it stops, and leaves no process', async () => {
  const pool = await poolOf(
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 200, process.pid))',
  )
  const running = pool.invoke({})
  await pool.stop(2_000)
  const pid = (await running) as number
  expect(isAlive(pid)).toBe(false)
})
