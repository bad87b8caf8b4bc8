import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, type TestContext } from 'vitest'
import { on } from '#webhooks'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { wholeWorld } from '../cli/deployed-world.ts'
import { startCommand } from '../cli/in-process.ts'
import { runningLocal } from '../cli/running-local.ts'
import { enter } from './console-world.ts'
import { liveEvents } from './live-events.ts'

interface Served {
  child: ChildProcess
  /** The line that it printed. */
  line: string
  url: string
  ended: Promise<[code: number | null, stderr: string]>
}

/** `npm run console -- …args` as a process, up to its URL. */
async function serve(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Served> {
  const child = spawn(process.execPath, ['infra/cli/main.ts', 'console', ...args], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const stderr = text(child.stderr)
  const ended = once(child, 'close').then(
    async ([code]) => [code as number | null, await stderr] as [number | null, string],
  )
  const line = String(await Promise.race([once(child.stdout, 'data'), ended]))
  return { child, line, url: /http:\S+/.exec(line)?.[0] ?? '', ended }
}

/** The same within this process: its URL. */
async function serveHere(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const served = startCommand('console', args, { env })
  onTestFinished(async () => {
    served.kill('SIGINT')
    await served.ended
  })
  await expect.poll(served.stdout, { timeout: 10_000 }).toMatch(/http:\S+/)
  return /http:\S+/.exec(served.stdout())?.[0] ?? ''
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<[number, string]> {
  const { code, stdout, stderr } = await startCommand('console', args, { env }).ended
  return [code, stdout + stderr]
}

it('serves the console of a stack until Ctrl-C, with what the stack has', async (context) => {
  const world = await wholeWorld(context)
  const env = { ...world.env, LOCAL_STATE_DIR: '/nonexistent' }
  const { child, line, url, ended } = await serve(context, ['--port', '0'], env)
  expect(line).toMatch(
    /^The console of SmokeballWebhooks: http:\/\/127\.0\.0\.1:\d+\/console\?token=[\w-]{32}\n$/,
  )
  const page = await enter(url)
  expect(await page.get('deployment')).toMatchObject({
    ...{ name: 'SmokeballWebhooks', isLocal: false, eventTypes: [] },
    // They are the handlers of the project's own file.
    handlers: expect.arrayContaining([
      { name: expect.any(String), types: expect.any(Array), order: 'latest', own: 'skip' },
    ]),
    dashboard: expect.stringMatching(
      /^https:\/\/us-east-1\.console\.aws\.amazon\.com\/.*SmokeballWebhooks-Webhooks-us-east-1$/,
    ),
    tableSays: expect.stringContaining('CloudWatch counts the refusals'),
  })
  const live = await liveEvents(context, page)
  const { clientId, signingKey } = world.local
  await world.setSecret('webhook', { clientId, signingKey })
  expect((await world.local.deliver(sample('matter.updated').text)).status).toBe(200)
  await expect.poll(() => live.rows().map(({ status }) => status), { timeout: 15_000 }).toEqual(['handled'])
  expect(live.deliveries()).toEqual([])
  expect(await page.get('status')).toMatchObject({
    handling: 'enabled',
    local: null,
    lastDelivery: { type: 'matter.updated' },
  })
  expect((await page.post('send', { type: 'matter.updated', fault: 'none' })).status).toBe(404)
  expect((await page.post('lose', { kind: 'matter' })).status).toBe(404)
  expect(await page.get('catch-up')).toEqual({ walks: [], count: 0, losable: null })
  child.kill('SIGINT')
  expect(await ended).toEqual([0, 'Ctrl-C ends it.\n'])
}, 60_000)

it('serves that of the running npm start, and takes another port when one is taken', async (context) => {
  const { local, env } = await runningLocal(context, {
    handlers: [on('matter.*', { name: 'crm' }, () => {})],
  })
  const first = await serveHere(context, ['--local'], env)
  const second = await serveHere(context, ['--local'], env)
  const [one, two] = [first, second].map((url) => new URL(url))
  expect(two?.port).not.toBe(one?.port)
  const page = await enter(second)
  expect(await page.get('deployment')).toMatchObject({
    name: 'npm start',
    isLocal: true,
    handlers: [{ name: 'crm' }],
  })
  const file = join(env.LOCAL_STATE_DIR ?? '', 'running.json')
  const running = JSON.parse(readFileSync(file, 'utf8'))
  // npm start writes it so after a reload.
  writeFileSync(file, JSON.stringify({ ...running, handlers: [{ ...running.handlers[0], name: 'mail' }] }))
  expect(await page.get('deployment')).toMatchObject({ handlers: [{ name: 'mail' }] })
  const sent = await page.post('send', { type: 'matter.updated', fault: 'duplicate' })
  expect(sent.json.deliveries.map(({ status }: { status: number }) => status)).toEqual([200, 200])
  await local.settled()
  expect((await page.get('events')).events).toHaveLength(1)
  expect((await page.get('status')).local).toBeNull()
  const taken = await run(['--local', '--port', one?.port ?? ''], env)
  expect(taken).toEqual([
    1,
    `Port ${one?.port} is in use. Stop what listens there, or choose another: npx smokeball-webhooks console --port ${Number(one?.port) + 1}\n`,
  ])
}, 60_000)

it.each<[string[], Record<string, string>, number, RegExp]>([
  [
    ['--help'],
    {},
    0,
    /^Usage: npx smokeball-webhooks console \[options\][\s\S]*--stage[\s\S]*--port[\s\S]*Examples:\n {2}npx smokeball-webhooks console\n/,
  ],
  [
    ['--prt', '1'],
    {},
    2,
    /^Unknown option '--prt'\. Did you mean --port\? See npx smokeball-webhooks console --help\n$/,
  ],
  [['--port', '65536'], {}, 2, /^--port 65536 is not a port/],
  [['x'], {}, 2, /^Too many arguments for 'console'\. Expected 0 arguments but got 1\. See /],
  [['--local', '--stage', 'dev'], {}, 2, /cannot be used with/],
  [['--local'], {}, 1, /^No local run was found\. Start one with: npm start\n$/],
  [
    ['4100'],
    { npm_lifecycle_event: 'console', npm_config_port: 'true' },
    2,
    /^npm took --port for itself\. /,
  ],
])('%j: told in one line', async (args, env, code, said) => {
  expect(await run(args, env)).toEqual([code, expect.stringMatching(said)])
})

it('refuses to guess which deployment is meant while npm start runs', async (context) => {
  const { env } = await runningLocal(context, { handlers: [] })
  expect(await run([], { ...env })).toEqual([
    2,
    expect.stringMatching(
      /say which is meant: npx smokeball-webhooks console --local, or npx smokeball-webhooks console --stage prod\n$/,
    ),
  ])
})
