import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, type TestContext } from 'vitest'
import { bundleToDebug } from '../../../infra/local/debug/local-handlers.ts'
import type { LocalJob, LoggedLine } from '../../../infra/local/debug/local-job.ts'
import { runLocally } from '../../../infra/local/debug/run-locally.ts'
import { sample } from '../../../infra/smokeball/sample.ts'

const { text } = sample('contact.updated')

type Given = Partial<LocalJob> & { graceMs?: number; outfile?: string }

async function run({ onTestFinished }: TestContext, body: string, given: Given = {}, env = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-run-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const handlersFile = join(folder, 'handlers.ts')
  await writeFile(handlersFile, `import { on, SmokeballError } from '#webhooks'\n${body}`)
  const { nodeModules = [], graceMs = 5_000, outfile = join(folder, 'bundle/index.mjs') } = given
  if (nodeModules.length > 0) await onDisk(folder)
  const bundleFile = await bundleToDebug(handlersFile, outfile, nodeModules)
  const logged: LoggedLine[] = []
  const handlers = [...body.matchAll(/name: '(\w+)'/g)].map(([, name = '']) => name)
  const job = {
    ...{ text, requestId: 'r', bundleFile, handlersFile, nodeModules, secrets: {} },
    ...{ handlers, own: false, timeLimitMs: 10_000, inspectPort: undefined, ...given },
  }
  const told = { onDebugger: () => {}, onLogged: (line: LoggedLine) => void logged.push(line) }
  return { ...(await runLocally({ job, env, graceMs }, told, new AbortController().signal)), logged }
}

/** A package that is left out of the bundle. */
async function onDisk(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules/native'), { recursive: true })
  await writeFile(join(folder, 'node_modules/native/index.js'), "module.exports = 'native code'")
}

it('gives handlers their variables and secrets, their packages, and nothing of this process', async (context) => {
  process.env.ONLY_HERE = 'yes'
  context.onTestFinished(() => void Reflect.deleteProperty(process.env, 'ONLY_HERE'))
  const { status, logged } = await run(
    context,
    `import native from 'native'
    export default [on('*', { name: 'see' }, (event, { log, secret }) => {
      const { CRM_URL, ONLY_HERE, AWS_ENDPOINT_URL_DYNAMODB, CRM_KEY } = process.env
      log.info('seen', { native, CRM_URL, ONLY_HERE, CRM_KEY, key: secret('CRM_KEY').length, AWS_ENDPOINT_URL_DYNAMODB })
    })]`,
    { secrets: { CRM_KEY: 'secret' }, nodeModules: ['native'] },
    { CRM_URL: 'https://crm.example' },
  )
  expect(status).toBe('handled')
  expect(logged).toMatchObject([{ level: 'info', handler: 'see', message: 'seen' }])
  expect(logged[0]?.fields).toEqual({
    ...{ native: 'native code', CRM_URL: 'https://crm.example', key: 6 },
    AWS_ENDPOINT_URL_DYNAMODB: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  })
})

it('has the handlers know errors of the API by their class, since both have the same one', async (context) => {
  const REGISTRY = new URL('../../../shared/webhooks.ts', import.meta.url).href
  const { logged } = await run(
    context,
    `export default [on('*', { name: 'compare' }, async (event, { log }) => {
      const registry = await import(process.env.REGISTRY)
      log.info('compared', { isSame: registry.SmokeballError === SmokeballError })
    })]`,
    {},
    { REGISTRY },
  )
  expect(logged).toMatchObject([{ message: 'compared', fields: { isSame: true } }])
})

it('ends a handler that takes too long as the time limit does, and one that never lets go with its process', async (context) => {
  const waits = await run(
    context,
    `export default [on('*', { name: 'waits' }, () => new Promise(() => {}))]`,
    { timeLimitMs: 3_000 },
  )
  expect(waits.handlers.waits).toMatchObject({
    outcome: 'failed',
    error: expect.stringMatching(/^TimeLimit: /),
  })
  const spins = run(context, `export default [on('*', { name: 'spins' }, () => { for (;;); })]`, {
    ...{ timeLimitMs: 500, graceMs: 500 },
  })
  await expect(spins).rejects.toMatchObject({
    ...{
      code: 'USAGE',
      message: expect.stringMatching(/^A handler did not let go of its process within its 0\.5 s/),
    },
  })
})

it('tells the place of a failure in the sources, also where the bundle lies behind a link', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-link-'))
  context.onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'real'))
  await symlink(join(folder, 'real'), join(folder, 'link'), 'junction')
  const body = `export default [on('*', { name: 'fails' }, () => {\n  throw new Error('no')\n})]`
  const { handlers } = await run(context, body, { outfile: join(folder, 'link/index.mjs') })
  expect(handlers.fails?.error).toMatch(/^Error: no\n.* \(.*handlers\.ts:3:9\)\n/)
})
