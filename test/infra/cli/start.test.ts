import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { isAlive } from '../../../infra/bundle/bundles-folder.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { readSettings } from '../../../infra/settings/read-settings.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { isSignedWith } from '../../../shared/signing/signature.ts'
import { type Started, startCommand } from './in-process.ts'

const bundles = fileURLToPath(new URL('../../../.local', import.meta.url))
let folder = ''
const isOurs = (name: string) => name.startsWith(`bundles-${process.pid}-`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-cli-'))
  // In a customised clone, infra/handlers.ts names what the handlers there need.
  const { environment, secrets } = await readSettings('local')
  const named = Object.keys({ ...environment, ...secrets }).map((name) => `${name}=any\n`)
  await writeFile(join(folder, '.env'), `${named.join('')}CRM_KEY=from-env-file\n`)
})
afterAll(() => rm(folder, { recursive: true }))

function startUp(args: readonly string[], env: Record<string, string> = {}): Started {
  return startCommand('start', args, { cwd: folder, env: { LOCAL_STATE_DIR: folder, ...env } })
}

function send(args: readonly string[], env: Record<string, string> = {}) {
  return startCommand('send', args, { env: { LOCAL_STATE_DIR: folder, ...env } }).ended
}

it('npm start stops on Ctrl-C while it is starting, too', async () => {
  await writeFile(
    join(folder, 'slow.ts'),
    'await new Promise((resolve) => setTimeout(resolve, 500)); export default []',
  )
  const args = ['--port', '0', '--handlers', join(folder, 'slow.ts')]
  const start = startUp(args)
  await vi.waitUntil(() => existsSync(bundles) && readdirSync(bundles).some(isOurs), { timeout: 15_000 })
  start.kill('SIGINT')
  const { code, stdout } = await start.ended
  expect([code, stdout.trim()]).toEqual([0, 'Stopped.'])
  expect(readdirSync(bundles).filter(isOurs)).toEqual([])
})

describe('npm start and npm run send', () => {
  let start: Started

  beforeAll(async () => {
    await writeFile(
      join(folder, 'handlers.ts'),
      `import { on } from '#webhooks'
      export default [
        on('matter.updated', { name: 'show' }, (event, { log }) => log.info('key is ' + process.env.CRM_KEY, { pid: process.pid })),
        on('contact.*', { name: 'fails' }, () => { throw new Error('no such customer') }),
        on('mater.closed', { name: 'typo' }, () => {}),
      ]`,
    )
    const args = [
      '--port',
      '0',
      '--handlers',
      join(folder, 'handlers.ts'),
      '--client-id',
      'my-client',
      '--key',
      'kéy',
    ]
    start = startUp(args)
    await vi.waitUntil(() => start.stdout().includes('Callback URL'), { timeout: 15_000 })
  })
  afterAll(async () => {
    start.kill('SIGINT')
    await start.ended
  })

  it('prints the callback URL, the credentials, the handlers and what is odd about them', async () => {
    expect(start.stdout()).toMatch(
      /Callback URL +http:\/\/127\.0\.0\.1:\d+\/smokeball\n +Console +http:\/\/127\.0\.0\.1:\d+\/console\?token=[\w-]{32}\n +Client id +my-client\n +Signing key +kéy/,
    )
    expect(start.stdout()).toContain('show (matter.updated), fails (contact.*), typo (mater.closed)')
    await expect
      .poll(start.stdout)
      .toContain("'mater.closed' is not on Smokeball's list. Did you mean 'matter.closed'?")
    const running = join(folder, 'running.json')
    expect((await stat(running)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(running, 'utf8'))).toMatchObject({
      clientId: 'my-client',
      signingKey: 'kéy',
    })
  })

  it('tells which variables a deployment would not have', () => {
    expect(start.stdout()).toContain(
      'Only in .env: CRM_KEY. Deployed handlers get only what infra/handlers.ts names.',
    )
  })

  it('shows one event handled and the second delivery accepted and dropped as the same event', async () => {
    const { code, stdout } = await send(['matter.updated', '--duplicate'])
    expect([code, stdout.match(/^200 {2}matter\.updated .*Accepted/gm)?.length]).toEqual([0, 2])
    await expect.poll(start.stdout, { timeout: 10_000 }).toMatch(/event +handled +matter\.updated/)
    expect(start.stdout().match(/delivery +accepted .*\(dropped by the queue: same event\)/g)).toHaveLength(1)
    expect(start.stdout().match(/event +handled/g)).toHaveLength(1)
    expect(start.stdout()).toContain('key is from-env-file')
  })

  it('shows what an API write of ours causes to be skipped', async () => {
    const before = start.stdout().length
    expect(await send(['matter.updated', '--own'])).toMatchObject({ code: 0 })
    await expect.poll(() => start.stdout().slice(before)).toMatch(/own +matter\.updated/)
  })

  it('prints a failure in full, with the line of the source', async () => {
    await send(['contact.created'])
    await expect
      .poll(start.stdout, { timeout: 10_000 })
      .toMatch(/failure +fails {2}\w{8}-\w{8}\n {4}Error: no such customer\n +at .*handlers\.ts:4:\d+/)
  })

  it('is refused when stale or signed with another key, and takes that as right', async () => {
    const [stale, bad] = await Promise.all([
      send(['task.updated', '--stale']),
      send(['task.updated', '--bad-signature']),
    ])
    expect([stale.code, bad.code]).toEqual([0, 0])
    expect(stale.stdout).toMatch(/^401 /)
    expect(bad.stdout).toMatch(/^401 /)
    await expect
      .poll(start.stdout, { timeout: 10_000 })
      .toMatch(
        /refused .*\(too-old\)(.|\n)*refused .*\(bad-signature\)|refused .*\(bad-signature\)(.|\n)*refused .*\(too-old\)/,
      )
  })

  it('ends with exit code 1 when an answer is not the expected one', async () => {
    const { code, stdout } = await send(['task.updated', '--key', 'another'])
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^401 .*\(expected 2xx\)/)])
  })

  it('sums up many deliveries', async () => {
    const { code, stdout } = await send(['task.updated', 'task.created', '--count', '15', '--shuffle'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^3\/30\n(.*\n)*30\/30\nSent 30 in \d+\.\d s: 30 × 200 · p50 [\d.]+ ms · p95 [\d.]+ ms · p99 [\d.]+ ms\n$/,
    )
  })

  it('stops on Ctrl-C: no process, no bundle and no note stays', async () => {
    expect(readdirSync(bundles).filter(isOurs)).toHaveLength(1)
    const consumers = [...start.stdout().matchAll(/pid: (\d+)/g)].map(([, found]) => Number(found))
    expect(consumers.filter(isAlive)).not.toEqual([])
    start.kill('SIGINT')
    const { code, stdout, stderr } = await start.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/\nStopped\./)
    await expect.poll(() => consumers.filter(isAlive), { timeout: 5_000 }).toEqual([])
    expect(readdirSync(bundles).filter(isOurs)).toEqual([])
    expect(existsSync(join(folder, 'running.json'))).toBe(false)
  })

  it('says what to do when nothing runs', async () => {
    const { code, stderr } = await send(['matter.updated'])
    expect([code, stderr]).toEqual([
      1,
      'No local run was found. Start one with: npm start. Or say where to: --stage STAGE, or --url, --client-id and --key.\n',
    ])
  })
})

describe('npm start ends with one line and exit code 1', () => {
  it.each([
    [
      'a port that is none',
      ['--port', '99999'],
      {},
      '--port 99999 is not a port: give a number from 0 (any free one) to 65535.',
    ],
    [
      'an unknown flag',
      ['--prot', '3000'],
      {},
      "Unknown option '--prot'. Did you mean --port? See npx smokeball-webhooks start --help",
    ],
    [
      'a flag without its value',
      ['--data'],
      {},
      "Option '--data <folder>' argument missing. See npx smokeball-webhooks start --help",
    ],
    [
      'a client id beside that of the fake Smokeball',
      ['--fake-smokeball', '--client-id', 'mine'],
      {},
      "Option '--fake-smokeball' cannot be used with option '--client-id <id>'. See npx smokeball-webhooks start --help",
    ],
    [
      'an argument',
      ['3000'],
      {},
      "Too many arguments for 'start'. Expected 0 arguments but got 1. See npx smokeball-webhooks start --help",
    ],
    [
      'handlers that are not there',
      ['--port', '0', '--handlers', '/nowhere.ts'],
      {},
      'Cannot read the handlers file /nowhere.ts: there is no such file',
    ],
    [
      'a flag that npm took',
      ['4000'],
      { npm_lifecycle_event: 'start', npm_config_port: 'true' },
      'npm took --port for itself. Type your options after npx smokeball-webhooks start, or after `--`.',
    ],
    [
      'a negative port',
      ['--port', '-1'],
      {},
      '--port -1 is not a port: give a number from 0 (any free one) to 65535.',
    ],
  ])('for %s', async (_what, args, env, message) => {
    const { code, stdout, stderr } = await startUp(args, env).ended
    const isOfCommandLine = !message.startsWith('Cannot read')
    expect([code, stdout, stderr]).toEqual([isOfCommandLine ? 2 : 1, '', `${message}\n`])
  })

  it('for a used port', async () => {
    const other = createServer()
    const port = Number(new URL(await listen(other)).port)
    onTestFinished(() => close(other))
    const { code, stderr } = await startUp(['--port', String(port)]).ended
    expect([code, stderr]).toEqual([
      1,
      `Port ${port} is in use. Stop what listens there, or choose another: npx smokeball-webhooks start --port ${port + 1}\n`,
    ])
  })
})

describe('npm run send', () => {
  interface Request {
    headers: Record<string, string>
    body: string
  }
  let receiver: Server
  let requests: Request[] = []
  let to: string[] = []

  beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      requests.push({ headers: request.headers as Record<string, string>, body: await text(request) })
      response.end('{}')
    })
    to = ['--url', `${await listen(receiver)}/x`, '--client-id', 'c', '--key', 'k']
  })
  afterAll(() => close(receiver))

  /** The requests that a command makes. */
  async function requestsOf(...args: string[]): Promise<Request[]> {
    requests = []
    const { stderr } = await send([...args, ...to])
    expect(stderr).toBe('')
    return requests
  }

  const ticksOf = ({ body }: Request) => /"timestamp":(\d+)/.exec(body)?.[1] ?? ''

  it('signs each, and each is a new event', async () => {
    const sent = await requestsOf(
      'matter.updated',
      'contact.created',
      '--count',
      '3',
      '--account',
      'acc',
      '--id',
      'a "b"',
    )
    for (const { headers, body } of sent) {
      const { timestamp = '', requestid: requestId = '', signature = '' } = headers
      expect(isSignedWith({ timestamp, requestId, clientId: 'c' }, signature, 'k')).toBe(true)
      expect(JSON.parse(body)).toMatchObject({ accountId: 'acc', payload: { id: 'a "b"' } })
    }
    expect(sent).toHaveLength(6)
    expect(new Set(sent.map(({ headers }) => headers.requestid)).size).toBe(6)
    const ticks = sent.map(ticksOf)
    expect(ticks).toEqual([...new Set(ticks)].sort())
    expect(ticks.every((digits) => digits.length === 18 && !digits.endsWith('0'))).toBe(true)
  })

  it('makes events of many resources, of so many as are named, or of one', async () => {
    const ids = async (...args: string[]) =>
      (await requestsOf('matter.updated', 'matter.closed', 'noop', '--count', '6', ...args))
        .filter(({ body }) => body.includes('"matter.'))
        .map(({ body }) => readEnvelope(body).resource.id)
    const each = await ids()
    // Both samples are of one matter.
    expect([each.length, new Set(each).size, each[0]]).toEqual([
      12,
      6,
      '68df1d38-b9a3-4855-b32f-6af1aae2f258',
    ])
    expect(each.filter((_, at) => at % 2 === 0)).toEqual(each.filter((_, at) => at % 2 === 1))
    expect(new Set(await ids('--resources', '2')).size).toBe(2)
    expect(new Set(await ids('--shuffle')).size).toBe(1)
    expect(new Set(await ids('--shuffle', '--resources', '3')).size).toBe(3)
  })

  it('delivers duplicates with the same body and RequestId', async () => {
    const [first, second] = await requestsOf('matter.updated', '--duplicate')
    expect(second?.body).toBe(first?.body)
    expect(second?.headers.requestid).toBe(first?.headers.requestid)
  })

  it('delivers out of order', async () => {
    const ticks = (await requestsOf('matter.updated', '--count', '5', '--shuffle')).map(ticksOf)
    expect(ticks).not.toEqual([...ticks].sort())
  })

  it('places an event in time, and sends a file to the byte', async () => {
    const at = await requestsOf('matter.updated', '--at', '2026-07-01T09:30:00Z')
    expect(at.map(ticksOf)).toEqual(['639184950000000000'])
    const exact = await requestsOf('matter.updated', '--at', '639184950000000001')
    expect(exact.map(ticksOf)).toEqual(['639184950000000001'])
    const file = join(folder, 'odd.json')
    await writeFile(file, '{ "not" : a notification\n')
    const verbatim = await requestsOf(file, '--verbatim')
    expect(verbatim.map(({ body }) => body)).toEqual(['{ "not" : a notification\n'])
  })

  it('changes the body after signing, and says that this goes unnoticed', async () => {
    requests = []
    const { code, stdout } = await send(['matter.updated', '--tamper', ...to])
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ payload: { tampered: true } })
    expect([code, stdout]).toEqual([0, expect.stringContaining('Smokeball does not sign the body')])
  })

  it.each([
    [
      ['matter.updatd'],
      {},
      "Unknown event type 'matter.updatd'. Did you mean 'matter.updated'? Types that are not on Smokeball's list go as a file.json.",
    ],
    [['nowhere.json'], {}, /^Cannot read nowhere\.json: ENOENT/],
    [
      ['package.json'],
      {},
      'package.json is not a notification: `accountId` is missing or not a string. --verbatim sends it as it is.',
    ],
    [['matter.updated', '--count', '-1'], {}, '--count -1 is not a count: give a whole number from 1.'],
    [
      ['matter.updated', '--count', '--own'],
      {},
      '--count needs a value, and --own is a flag. If it is meant as the value: --count=--own',
    ],
    [['matter.updated', '--own=x'], {}, /^--own takes no value\.$/],
    [['matter.updated', '--id', 'a', '--count', '3', '--resources', '3'], {}, /^--id names one resource/],
    [['matter.updated', '--count', '3', '--resources', '4'], {}, /^--count 3 is of 3 resources at most/],
    [['matter.updated', '--resources', '0'], {}, /^--resources 0 is not a count/],
    [['matter.updated', '--url', 'x', '--key', 'k'], {}, /^--url x is no URL/],
    [[], {}, 'Say what to send: npx smokeball-webhooks send matter.updated'],
    [['matter.updated', '--count', '0'], {}, '--count 0 is not a count: give a whole number from 1.'],
    [['matter.updated', '--count', '1e3'], {}, '--count 1e3 is not a count: give a whole number from 1.'],
    [['matter.updated', '--id', ''], {}, /^--id needs a value\.$/],
    [
      ['matter.updated', '--at', 'noon'],
      {},
      '--at noon is no time: give ISO 8601 (2026-07-01T09:30:00Z) or ticks (18 digits).',
    ],
    [
      ['matter.updated', '--shuffle'],
      {},
      'One delivery cannot be out of order: add --count 5, or more event types.',
    ],
    [['noop', '--id', '5'], {}, 'noop is about no resource: leave out --id.'],
    [
      ['matter.updated', '5', 'acc'],
      {
        npm_lifecycle_event: 'send',
        npm_config_duplicate: 'true',
        npm_config_count: 'true',
        npm_config_account: 'true',
      },
      'npm took --count and --account and --duplicate for itself. Type your options after npx smokeball-webhooks send, or after `--`.',
    ],
  ])('ends %j with one line, and exit code 2 unless it is of a file', async (args, env, message) => {
    const { code, stdout, stderr } = await send(args, env)
    const isOfFile = String(args[0]).endsWith('.json')
    expect([code, stdout]).toEqual([isOfFile ? 1 : 2, ''])
    expect(stderr.trimEnd()).toMatch(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('says that nothing answers', async () => {
    const closed = createServer()
    const url = await listen(closed)
    await close(closed)
    const { code, stderr } = await send(['matter.updated', '--url', url, '--client-id', 'c', '--key', 'k'])
    expect([code, stderr]).toEqual([1, `${url} does not answer (ECONNREFUSED). Is it running? npm start\n`])
  })

  it('never marks a RequestId as ours for another URL', async () => {
    const args = ['noop', '--own', '--url', 'http://127.0.0.1:9/smokeball', '--client-id', 'c', '--key', 'k']
    const { code, stderr } = await send(args)
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('--own goes to the running npm start, or to a stack'),
    ])
  })

  it('never signs with the local key for another URL', async () => {
    const { code, stderr } = await send(['matter.updated', '--url', 'https://example.com/hook'])
    expect([code, stderr]).toEqual([
      2,
      'Give --client-id and --key with --url https://example.com/hook: they are those of its subscription.\n',
    ])
  })
})
