import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { processEnvironment, withoutProxyHere } from '../../../infra/local/lambda/process-environment.ts'
import type { StartLocalOptions } from '../../../infra/local/local.ts'
import { undeployedVariables } from '../../../infra/local/local-settings.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { startRun } from '../../../infra/local/start-run.ts'
import { deploymentOf } from '../../../infra/operate/deployment.ts'
import { eventOfLine } from '../../../infra/operate/log-lines.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { on } from '../../../shared/handling/handler-registry.ts'
import { variables } from '../../../shared/runtime/environment.ts'

const credentials = { accessKeyId: 'LOCAL0', secretAccessKey: 'local' }
let folder = ''
/** Each variable of AWS whose name stands in the consumer's bundle. */
let ofAws: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-own-'))
  const bundle = await readFile(join(process.env.LOCAL_BUNDLES ?? '', 'receiver/index.mjs'), 'utf8')
  ofAws = [...new Set(bundle.match(/\bAWS_[A-Z0-9_]{3,}\b/g))].toSorted()
  await writeFile(
    join(folder, 'handlers.ts'),
    `import { on } from '#webhooks'
    export default [on('*', { name: 'see' }, (_, { log }) => log.info('seen ' + JSON.stringify(process.env)))]`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

/** Delivers an event to handlers with these variables; resolves to what they see once it is handled. */
async function handledWith(env: Record<string, string>): Promise<Record<string, string>> {
  const { lines } = await handled({ handlers: join(folder, 'handlers.ts'), env })
  const [, json = '{}'] = lines.flatMap((text) => /^seen (.*)$/.exec(text) ?? [])
  return JSON.parse(json)
}

async function handled(options: StartLocalOptions): Promise<{ lines: string[] }> {
  const local = await startLocal(options)
  try {
    expect((await local.deliver(sample('matter.updated').text)).status).toBe(200)
    await local.settled()
    expect(local.lines.flatMap((line) => eventOfLine(line)?.event ?? [])).toEqual(['handled'])
    return {
      lines: local.lines.map(({ message }) =>
        String(typeof message === 'string' ? message : message.message),
      ),
    }
  } finally {
    await local.stop()
  }
}

describe('what .env says', () => {
  it('is known here with all that the SDK reads', () => {
    expect(ofAws).toEqual(
      expect.arrayContaining([
        ...['AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_USE_FIPS_ENDPOINT', 'AWS_RETRY_MODE', 'AWS_MAX_ATTEMPTS'],
        ...['AWS_ENDPOINT_URL', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'AWS_REGION', 'AWS_SESSION_TOKEN'],
      ]),
    )
  })

  it.for(['true', '', '7', 'no such'])(
    'of AWS (%j) reaches the handlers, and no client of the pipeline',
    async (value) => {
      const env = Object.fromEntries(ofAws.map((name) => [name, value]))
      expect(await handledWith(env)).toMatchObject(env)
    },
  )

  it('of a profile whose endpoints and region are elsewhere reaches no client of the pipeline', async () => {
    const file = join(folder, 'config')
    await writeFile(
      file,
      '[profile dev]\nregion = mars-1\nendpoint_url = http://127.0.0.1:9\nuse_fips_endpoint = true\nretry_mode = x\n',
    )
    const env = { AWS_PROFILE: 'dev', AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: file }
    expect(await handledWith(env)).toMatchObject(env)
  })

  it('under a name of the pipeline’s own does not reach it, and is told at the start', async () => {
    const env = Object.fromEntries(Object.values(variables).map((name) => [name, 'true']))
    const seen = await handledWith(env)
    expect(seen[variables.queueUrl]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//)
    expect(seen[variables.connectedAccountsOnly]).toBe('false')
    expect(undeployedVariables({}, { QUEUE_URL: 'x', MINE: 'y' })).toBe(
      'Only in .env: MINE. Deployed handlers get only what infra/handlers.ts names.\n' +
        'QUEUE_URL in .env changes nothing: the pipeline has variables of these names. Rename yours.',
    )
  })

  it('of proxies, of Node and of its channels leaves deliveries and calls of Smokeball on this machine', async () => {
    const calls: string[] = []
    const proxy = createServer((request, response) => {
      calls.push(`${request.url}`)
      response.end()
    })
    proxy.on('connect', ({ url }, socket) => {
      calls.push(`${url}`)
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
    const url = await listen(proxy)
    onTestFinished(() => close(proxy))
    await writeFile(
      join(folder, 'calling.ts'),
      `import { on } from '#webhooks'
      export default [on('*', { name: 'call' }, async (_, { log, smokeball }) => {
        log.info('webhooks ' + (await (await smokeball.fetch('/webhooks')).json()).size)
        await fetch('http://crm.example/').catch(() => {})
      })]`,
    )
    const env = {
      ...{ HTTP_PROXY: url, HTTPS_PROXY: url, NODE_USE_ENV_PROXY: '1', NODE_OPTIONS: '--no-warnings' },
      ...{ NODE_CHANNEL_FD: '99', NODE_UNIQUE_ID: '1', NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    }
    const run = await startRun({ handlers: join(folder, 'calling.ts'), env }, true)
    onTestFinished(run.stop)
    const [{ accountId } = { accountId: '' }] = run.fake?.credentials.accounts ?? []
    await run.local.deliver(
      sample('matter.updated').text.replace(/"accountId":"[^"]*"/, `"accountId":"${accountId}"`),
    )
    await run.local.settled()
    const lines = JSON.stringify(run.local.lines)
    expect(lines).toContain('webhooks 0')
    expect(lines).toContain('"event":"handled"')
    expect(calls).toEqual([expect.stringContaining('crm.example')])
  })

  it('of Node that Node does not take is told', async () => {
    const env = { NODE_OPTIONS: '--no-such-option' }
    const starting = startLocal({ handlers: join(folder, 'handlers.ts'), env })
    await expect(starting).rejects.toThrow(
      /handlers\.ts: Node does not take its options: look at NODE_OPTIONS/,
    )
  })
})

describe('what the shell says', () => {
  it.for(['true', '', 'no such'])(
    'of AWS (%j) reaches no client of a run, nor of a command',
    async (value) => {
      for (const name of ofAws) vi.stubEnv(name, value)
      onTestFinished(() => void vi.unstubAllEnvs())
      const handlers = [on('*', { name: 'nothing' }, () => {})]
      await handled({ handlers })
      const local = await startLocal({ handlers })
      onTestFinished(local.stop)
      const deployment = deploymentOf({ outputs: local.outputs, aws: awsOf(local) })
      onTestFinished(deployment.destroy)
      const name = local.queueUrl.split('/').at(-1) ?? ''
      const { QueueUrl } = await deployment.sqs.send(new GetQueueUrlCommand({ QueueName: name }))
      expect(QueueUrl).toContain(name)
    },
  )
})

describe('AWS clients of handlers', () => {
  it('reach the engines unless .env brings credentials, and then what it says', async () => {
    const endpoints = [
      'AWS_ENDPOINT_URL_SQS',
      'AWS_ENDPOINT_URL_DYNAMODB',
      'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    ]
    const [led, real] = await Promise.all([
      handledWith({}),
      handledWith({ AWS_ACCESS_KEY_ID: 'AKIAOFTHEUSER' }),
    ])
    for (const name of endpoints) {
      expect(led[name]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(real[name]).toBeUndefined()
    }
    expect(led.AWS_ACCESS_KEY_ID).toMatch(/^LOCAL/)
    expect(real).toMatchObject({ AWS_ACCESS_KEY_ID: 'AKIAOFTHEUSER' })
    expect(real.AWS_SECRET_ACCESS_KEY).toBeUndefined()
  })

  it('have profiles of this machine only where .env names one', () => {
    expect(processEnvironment({}, credentials)).toMatchObject({
      ...{
        AWS_ACCESS_KEY_ID: 'LOCAL0',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
    })
    const named = processEnvironment({ AWS_PROFILE: 'dev' }, credentials)
    expect(Object.keys(named).filter((name) => name.startsWith('AWS_'))).toEqual([
      'AWS_REGION',
      'AWS_PROFILE',
    ])
    const keys = processEnvironment({ AWS_ACCESS_KEY_ID: 'AKIA', AWS_PROFILE: '' }, credentials)
    expect(keys).toMatchObject({ AWS_ACCESS_KEY_ID: 'AKIA', AWS_CONFIG_FILE: '/dev/null' })
    expect(processEnvironment({ AWS_ACCESS_KEY_ID: '' }, credentials).AWS_SECRET_ACCESS_KEY).toBe('local')
  })
})

it.for([
  [{}, {}],
  [{ NO_PROXY: 'x' }, {}],
  [{ HTTP_PROXY: 'http://p' }, { NO_PROXY: '127.0.0.1,localhost' }],
  [{ https_proxy: 'http://p', NO_PROXY: 'x,localhost' }, { NO_PROXY: 'x,localhost,127.0.0.1' }],
  [{ http_proxy: 'http://p', no_proxy: 'y', NO_PROXY: 'x' }, { no_proxy: 'y,127.0.0.1,localhost' }],
  [{ HTTP_PROXY: 'http://p', NO_PROXY: '*' }, {}],
] as const)('reaches this machine without the proxy of %j', ([env, added]) => {
  expect(withoutProxyHere(env)).toEqual(added)
})
