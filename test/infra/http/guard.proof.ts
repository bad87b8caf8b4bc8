import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { type Local, startLocal } from '#webhooks/testing'
import { guarded } from '../../../infra/http/guard.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { awsOf, type Running, readRunning, writeRunning } from '../../../infra/operate/running-file.ts'
import { readSettings } from '../../../infra/settings/read-settings.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { runOn, terminal } from '../../../infra/terminal/terminal.ts'
import { type Started, startCommand } from '../cli/in-process.ts'
import { ask, enter } from '../console/console-world.ts'

/** Every server that this process listens with, whoever made it. */
const servers = new Set<Server>()
const { listen: listenOfNode } = Server.prototype
beforeAll(() => {
  Server.prototype.listen = function listenSeen(this: Server, ...given: unknown[]) {
    servers.add(this)
    return Reflect.apply(listenOfNode, this, given)
  } as typeof listenOfNode
})
afterAll(() => {
  Server.prototype.listen = listenOfNode
})

function portsSince(before: ReadonlySet<Server>): number[] {
  const open = [...servers].filter((server) => server.listening && !before.has(server))
  return open.map((server) => {
    const { address, port } = server.address() as AddressInfo
    expect(address).toBe('127.0.0.1')
    return port
  })
}

const portOf = (url: string) => Number(new URL(url).port)
const signedBy = (key: string) =>
  `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/any/aws4_request, SignedHeaders=host, Signature=0`

/** What a page of another origin sends, a preflight, a rebound name; `cookie` and `authorization` are the right ones. */
const ofPages: Record<string, (port: number) => Record<string, string>> = {
  'another origin': () => ({ origin: 'https://evil.example' }),
  'another port': (port) => ({ origin: `http://127.0.0.1:${port + 1}`, 'sec-fetch-site': 'same-site' }),
  'a file or a frame': () => ({ origin: 'null' }),
  'a form or an image, by an old browser': () => ({
    origin: 'https://evil.example',
    'content-type': 'text/plain',
  }),
  'an image': () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
  'a link': () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
  'its own origin and another site': (port) => ({
    ...{ origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'cross-site' },
  }),
  'a preflight': () => ({
    ...{ origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    'access-control-request-headers': 'authorization,x-amz-target',
  }),
  'a WebSocket': () => ({
    ...{ connection: 'Upgrade', upgrade: 'websocket', origin: 'https://evil.example' },
    ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
  }),
  'a rebound name': (port) => ({ host: `evil.example:${port}` }),
  'a rebound name of its own origin': (port) => ({
    ...{ host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    'sec-fetch-site': 'same-origin',
  }),
  'a name with ours in it': (port) => ({ host: `127.0.0.1.evil.example:${port}` }),
  'a name below localhost': (port) => ({ host: `evil.localhost:${port}` }),
  'the port of another server': (port) => ({ host: `127.0.0.1:${port + 1}` }),
  'no port': () => ({ host: 'localhost' }),
  'every address': (port) => ({ host: `0.0.0.0:${port}` }),
}

const places = [
  ...[
    'GET /',
    'POST /',
    'OPTIONS /',
    'PUT /bucket/key',
    'GET /_fauxqs/queues',
    'GET /health',
    'GET /nowhere',
  ],
  ...['POST /2015-03-31/functions/keeper/invocations', 'OPTIONS /2015-03-31/event-source-mappings/1'],
  ...['GET /console', 'GET /console/api/dead-letters', 'POST /console/api/handling', 'GET /console/app.js'],
  ...[
    'GET /webhooks',
    'POST /oauth2/token',
    'GET /smokeball',
    'OPTIONS /smokeball',
    'GET //',
    'POST //x/smokeball/',
  ],
]

/** Expects 403 of a server, and not a word about what a page may do, for whatever these headers are sent to. */
async function expectRefusal(
  port: number,
  what: string,
  headers: Record<string, string>,
  at: readonly string[] = places,
): Promise<void> {
  const answers = at.map(async (place) => {
    const [method = '', path] = place.split(' ')
    const answer = await ask(`http://127.0.0.1:${port}${path}`, { method, headers })
    const allowed = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))
    return [`${what}, ${place}`, answer.status, allowed]
  })
  expect(await Promise.all(answers)).toEqual(at.map((place) => [`${what}, ${place}`, 403, []]))
}

async function expectNoPage(port: number, right: Record<string, string>): Promise<void> {
  for (const [what, headers] of Object.entries(ofPages))
    await expectRefusal(port, what, { ...right, ...headers(port) })
}

async function expectNoOther(port: number, key: string): Promise<void> {
  const others: Record<string, Record<string, string>> = {
    'no key': {},
    'the key of no run': { authorization: signedBy('local') },
    'a part of the key': { authorization: signedBy(key.slice(0, -1)) },
    'the key and more': { authorization: signedBy(`${key}0`) },
    'the key as a bearer': { authorization: `Bearer ${key}` },
    'the key as a password': { authorization: `Basic ${Buffer.from(`${key}:local`).toString('base64')}` },
    'the key of the second version': { authorization: `AWS ${key}:0` },
  }
  for (const [what, headers] of Object.entries(others)) await expectRefusal(port, what, headers)
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${key}%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request`
  await expectRefusal(port, 'a presigned URL', {}, [`GET /?${query}`, `POST /?AWSAccessKeyId=${key}`])
  // A user who types the address.
  await expectRefusal(port, 'an address bar', { authorization: signedBy(key), 'sec-fetch-site': 'none' })
}

/** Calls each service by its SDK. */
async function useAll({ region, credentials, endpoints }: Running['aws'], secretId: string): Promise<void> {
  const of = (name: keyof typeof endpoints) => ({ region, credentials, endpoint: endpoints[name] })
  const clients = {
    sqs: new SQSClient(of('sqs')),
    dynamodb: new DynamoDBClient(of('dynamodb')),
    secrets: new SecretsManagerClient(of('secretsManager')),
    lambda: new LambdaClient(of('lambda')),
    cloudwatch: new CloudWatchClient(of('cloudwatch')),
  }
  const day = { StartTime: new Date(0), EndTime: new Date(), Period: 60, Statistics: ['Maximum' as const] }
  const metric = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage' }
  expect((await clients.sqs.send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(3)
  expect((await clients.dynamodb.send(new ListTablesCommand({}))).TableNames).toHaveLength(1)
  const secret = await clients.secrets.send(new GetSecretValueCommand({ SecretId: secretId }))
  expect(secret.SecretString).toContain('signingKey')
  const mappings = await clients.lambda.send(new ListEventSourceMappingsCommand({}))
  expect(mappings.EventSourceMappings).toHaveLength(2)
  const measured = await clients.cloudwatch.send(new GetMetricStatisticsCommand({ ...metric, ...day }))
  expect(measured.Datapoints).toHaveLength(1)
  for (const client of Object.values(clients)) client.destroy()
}

describe('npm start beside a fake Smokeball, and npm run console', () => {
  let folder = ''
  let start: Started
  let served: Started
  let running: Running
  let ports: number[] = []
  let pages: { port: number; cookie: string }[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smokeball-guard-'))
    const { environment, secrets } = await readSettings('local')
    const named = Object.keys({ ...environment, ...secrets }).map((name) => `${name}=any\n`)
    await writeFile(join(folder, '.env'), named.join(''))
    await writeFile(join(folder, 'handlers.ts'), 'export default []')
    // Left by others, for everybody.
    for (const name of ['running.json', `running.json.${process.pid}`]) {
      await writeFile(join(folder, name), '{}')
      await chmod(join(folder, name), 0o666)
    }
    const before = new Set(servers)
    const env = { LOCAL_STATE_DIR: folder }
    const args = ['--port', '0', '--handlers', join(folder, 'handlers.ts'), '--fake-smokeball']
    start = startCommand('start', args, { cwd: folder, env })
    await vi.waitUntil(() => /^curl /m.test(start.stdout()), { timeout: 20_000 })
    served = startCommand('console', ['--port', '0', '--local'], { env })
    await vi.waitUntil(() => served.stdout().includes('/console?token='), { timeout: 20_000 })
    running = await readRunningIn(folder)
    ports = portsSince(before)
    const urls = [start, served].map((of) => /http:\S+\/console\?token=\S+/.exec(of.stdout())?.[0] ?? '')
    pages = await Promise.all(urls.map(async (url) => ({ port: portOf(url), ...(await enter(url)) })))
  })
  afterAll(async () => {
    for (const command of [served, start]) {
      command.kill('SIGINT')
      await command.ended
    }
    await rm(folder, { recursive: true })
  })

  async function readRunningIn(LOCAL_STATE_DIR: string): Promise<Running> {
    const found = await runOn({ ...terminal(), env: { LOCAL_STATE_DIR } }, readRunning)
    if (!found) throw new Error('There is no running.json.')
    return found
  }

  it('is no server but those that are known here', () => {
    const fake = /http:\S+/.exec(/^curl (.*\\\n)*.*$/m.exec(start.stdout())?.[0] ?? '')?.[0] ?? ''
    const known = [...Object.values(running.aws.endpoints), running.url, fake].map(portOf)
    expect(ports.toSorted()).toEqual([...known, pages[1]?.port ?? 0].toSorted())
  })

  it('refuses a page of another origin and a rebound name, at every server', async () => {
    const authorization = signedBy(running.aws.credentials.accessKeyId)
    expect(ports).toHaveLength(8)
    for (const port of ports) {
      const cookie = pages.find((page) => page.port === port)?.cookie ?? ''
      await expectNoPage(port, { authorization, cookie })
    }
  })

  it('refuses who lacks the access key of the run, at every server but those that ask for something else', async () => {
    const { accessKeyId } = running.aws.credentials
    const fake = /http:\S+/.exec(/^curl .*$/m.exec(start.stdout())?.[0] ?? '')?.[0] ?? ''
    const others = [running.url, fake].map(portOf).concat(pages.map(({ port }) => port))
    const asking = ports.filter((port) => !others.includes(port))
    expect(asking).toHaveLength(5)
    for (const port of asking) await expectNoOther(port, accessKeyId)
    // The fake Smokeball has an API key of its own, and the console a token.
    await expectRefusal(portOf(fake), 'no API key', {}, ['GET /', 'GET /webhooks', 'PATCH /matters/1'])
    for (const { port } of pages)
      expect((await ask(`http://127.0.0.1:${port}/console/api/status`)).status).toBe(401)
  })

  it('has a key that nobody guesses, in a file that is its owner’s alone', async () => {
    expect(running.aws.credentials.accessKeyId).toMatch(/^LOCAL[0-9A-F]{32}$/)
    expect((await stat(join(folder, 'running.json'))).mode & 0o777).toBe(0o600)
    const made = join(folder, 'made', 'deep')
    const local = await startLocal({ handlers: [] })
    try {
      runOn({ ...terminal(), env: { LOCAL_STATE_DIR: made } }, () => writeRunning(local))
      const modes = await Promise.all([made, join(made, 'running.json')].map((path) => stat(path)))
      expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600])
      expect(local.sqs.credentials.accessKeyId).not.toBe(running.aws.credentials.accessKeyId)
    } finally {
      await local.stop()
    }
  })

  it('lets in SDK clients that have what running.json says', async () => {
    await useAll(running.aws, running.outputs.WebhookSecretId)
  })

  it('leaves the callback open, to tunnels and pages too: only a signature lets in', async () => {
    const { port, origin } = new URL(running.url)
    const open = [
      {},
      { host: 'tunnel.example' },
      { host: `evil.example:${port}`, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of open) {
      const answer = await ask(running.url, { method: 'POST', headers, body: '{}' })
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([401, undefined])
    }
    expect((await ask(`${origin}/health`)).status).toBe(200)
    // The console would answer what begins with its path.
    for (const path of ['/console/../smokeball', '/console/%2e%2e/smokeball']) {
      const headers = { host: `evil.example:${port}` }
      const [answer] = (await once(
        request({ host: '127.0.0.1', port, method: 'POST', path, headers }).end(),
        'response',
      )) as [IncomingMessage]
      expect([path, answer.resume().statusCode]).toEqual([path, 403])
    }
  })

  it('lets the console’s own page do all, and who types the address open the page alone', async () => {
    for (const { port, cookie } of pages) {
      const got = async (path: string, site: string, method = 'GET') => {
        const headers = { cookie, 'sec-fetch-site': site, origin: undefined as string | undefined }
        return (await ask(`http://127.0.0.1:${port}/console${path}`, { method, headers })).status
      }
      const seen = [
        await got('', 'none'),
        await got('', 'same-origin'),
        await got('/api/status', 'same-origin'),
      ]
      expect(seen).toEqual([200, 200, 200])
      for (const site of ['none', 'same-site', 'cross-site', 'other'])
        expect(await got('/api/status', site)).toBe(403)
      expect(await got('/api/handling', 'none', 'POST')).toBe(403)
      const pause = await ask(`http://localhost:${port}/console/api/handling`, {
        method: 'POST',
        headers: {
          ...{ cookie, host: `localhost:${port}`, origin: `http://localhost:${port}` },
          ...{ 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
        },
        body: '{"handling":"enabled"}',
      })
      expect(pause.status).toBe(200)
    }
  })
})

describe('a pipeline that a test starts', () => {
  it('refuses pages and other keys at every server, and works with what `startLocal` returns', async (context) => {
    const before = new Set(servers)
    const local = await started(context, { handlers: [] })
    const aws = awsOf(local)
    const { accessKeyId } = aws.credentials
    const ports = portsSince(before)
    const keyed = Object.values(aws.endpoints).map(portOf)
    expect(ports.toSorted()).toEqual([...keyed, portOf(local.url)].toSorted())
    for (const port of ports) await expectNoPage(port, { authorization: signedBy(accessKeyId) })
    for (const port of keyed) await expectNoOther(port, accessKeyId)
    await useAll(aws, local.outputs.WebhookSecretId)
  })

  it('does not take the key of another run', async (context) => {
    const [one, other] = [await started(context, { handlers: [] }), await started(context, { handlers: [] })]
    const client = new SQSClient({ ...one.sqs, endpoint: other.sqs.endpoint })
    context.onTestFinished(() => client.destroy())
    await expect(client.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('`aws.credentials` of its running.json'),
    })
  })

  it('is not opened by an empty access key id in the handlers’ variables', async (context) => {
    const local = await started(context, { handlers: [], env: { AWS_ACCESS_KEY_ID: '' } })
    for (const authorization of ['', 'AWS4-HMAC-SHA256', signedBy('')])
      await expectRefusal(portOf(local.sqs.endpoint), authorization, { authorization })
  })

  it('runs handlers that have credentials of their own for other services', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'smokeball-own-key-'))
    context.onTestFinished(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'src'))
    const handlers = join(folder, 'src/handlers.ts')
    await writeFile(
      handlers,
      `import { on } from '#webhooks'
      export default [on('*', { name: 'see' }, (_, { log }) => log.info('has ' + process.env.AWS_ACCESS_KEY_ID))]`,
    )
    const env = { AWS_ACCESS_KEY_ID: 'AKIAOFTHEUSER', AWS_SECRET_ACCESS_KEY: 'theirs' }
    const local = await started(context, { handlers, env })
    expect((await local.deliver(sample('matter.updated').text)).status).toBe(200)
    await local.settled()
    const lines = JSON.stringify(local.lines)
    expect(lines).toContain('has AKIAOFTHEUSER')
    expect(lines).toContain('"event":"handled"')
    const authorization = signedBy('AKIAOFTHEUSER')
    await expectRefusal(portOf(local.sqs.endpoint), 'the key in .env', { authorization })
  })
})

async function started(
  { onTestFinished }: TestContext,
  options: Parameters<typeof startLocal>[0],
): Promise<Local> {
  const local = await startLocal(options)
  onTestFinished(local.stop)
  return local
}

describe('bodies', () => {
  const kib = 1024
  const limits: [keyof Running['aws']['endpoints'] | 'url', number][] = [
    ['sqs', 4096 * kib],
    ['dynamodb', 16_384 * kib],
    ['secretsManager', 512 * kib],
    ['lambda', 6_291_456],
    ['cloudwatch', 64 * kib],
    ['url', 10_240 * kib],
  ]

  it.for(limits)('of %s are bounded, whether their length is said or not', async ([name, limit], context) => {
    const local = await started(context, { handlers: [] })
    const url =
      name === 'url' ? local.url : awsOf(local).endpoints[name] + (name === 'lambda' ? invocations : '/')
    const headers = {
      authorization: signedBy(local.sqs.credentials.accessKeyId),
      'content-type': 'application/x-amz-json-1.0',
    }
    // Nothing of it is sent.
    const said = request(url, { method: 'POST', headers: { ...headers, 'content-length': limit + 1 } })
    said.flushHeaders()
    const [answer] = (await once(said, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    said.on('error', () => {}).destroy()
    // Dynalite takes seconds to put 16 MB together.
    if (name === 'dynamodb') return
    expect(await posted(url, headers, limit + 1)).toMatchObject({
      status: 413,
      text: expect.stringContaining(`at most ${limit} bytes`),
    })
    // What fits is for the service to judge, and the receiver takes less than its front.
    const fits = await posted(url, headers, limit)
    expect(fits.status).not.toBe(403)
    expect(fits.status === 413).toBe(name === 'url')
    expect(fits.text).not.toContain('bytes')
  })

  it('are not kept, nor taken for the whole, once they are too long', async (context) => {
    let kept = 0
    let isWhole = false
    const server = createServer((incoming) => {
      incoming.on('data', (chunk: Buffer) => {
        kept += chunk.length
      })
      incoming.on('end', () => {
        isWhole = true
      })
    })
    const url = await listen(guarded(server, { maxBodyBytes: 100 * kib }))
    context.onTestFinished(() => close(server))
    expect((await posted(url, {}, 64 * kib * kib)).status).toBe(413)
    expect([kept <= 100 * kib, isWhole]).toEqual([true, false])
  })
})

it('lets no page open a WebSocket, where there are some', async (context) => {
  const server = createServer()
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nhello'))
  const { port } = new URL(await listen(guarded(server, { maxBodyBytes: 0 })))
  context.onTestFinished(() => close(server))
  const opened = async (line: string) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${line}\r\n`,
    )
    return (await text(socket)).split('\r\n')[0]
  }
  expect(await opened('')).toBe('HTTP/1.1 101 Switching Protocols')
  expect(await opened('Origin: https://evil.example\r\n')).toBe('HTTP/1.1 403 Forbidden')
})

const invocations = '/2015-03-31/functions/receiver/invocations'

/** Posts so many bytes in pieces, without saying how many. */
async function posted(
  url: string,
  headers: Record<string, string>,
  bytes: number,
): Promise<{ status: number | undefined; text: string }> {
  const piece = Buffer.alloc(64 * 1024, 'a')
  const sent = request(url, { method: 'POST', headers })
  // The other side need not take all of it: afterwards, Node's client waits for nothing more.
  let isAnswered = false
  const answered = once(sent, 'response').finally(() => {
    isAnswered = true
  })
  sent.on('error', () => {})
  for (let left = bytes; left > 0 && !isAnswered; left -= piece.length)
    if (!sent.write(piece.subarray(0, Math.min(left, piece.length))))
      await Promise.race([once(sent, 'drain'), answered])
  sent.end()
  const [response] = (await answered) as [IncomingMessage]
  return { status: response.statusCode, text: await text(response) }
}
