import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { close, listen } from '../../infra/http/listen.ts'
import type { ClientConfig } from '../../infra/operate/local-account.ts'
import type { Ministack } from './install-ministack.ts'
import { isolatedEnvironment } from './isolated-environment.ts'
import { say } from './say.ts'

/** An AWS of our own on 127.0.0.1. */
export interface Emulator {
  /** For SDK clients of this process, which trusts its certificate. */
  client: ClientConfig
  /** The whole environment of a program that is to take it for AWS, and that knows nothing of the developer's account. */
  env: Record<string, string>
  /** Ends it and its Lambdas, and forgets everything. */
  stop(): Promise<void>
}

const script = fileURLToPath(new URL('run-ministack.py', import.meta.url))
/** MiniStack takes this key for the account's root. */
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const region = 'us-east-1'
const startWithinMs = 30_000

/**
 * Starts MiniStack, the one emulator that runs the whole of this stack without Docker: HTTP API, Node Lambdas as
 * processes, FIFO queues with event source mappings, DynamoDB, Secrets Manager, CloudFormation and `cdk bootstrap`. moto
 * (https://docs.getmoto.org) runs Lambdas in Docker, as fakecloud and LocalEmu do; LocalStack wants Docker and an account.
 * With AUTH it enforces IAM policies, and over HTTPS it satisfies those of the queues, which refuse plain HTTP: a
 * permission that the functions lack fails here as it would on AWS.
 */
export async function startEmulator(ministack: Ministack): Promise<Emulator> {
  const state = await mkdtemp(join(tmpdir(), 'smokeball-emulator-'))
  const home = join(state, 'home')
  await mkdir(home)
  // Its Lambdas start from a CommonJS `.js` below: a package.json further up must not make that an ES module.
  await writeFile(join(state, 'package.json'), '{}')
  const port = await freePort()
  const isolated = isolatedEnvironment(home)
  const child = spawn(ministack.python, [script], {
    cwd: state,
    // A process group of its own, which it ends itself when stdin closes.
    detached: true,
    env: {
      ...isolated,
      ...settings(state, port),
      ...(ministack.packages && { PYTHONPATH: ministack.packages }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log = keepLog(child)
  const stop = async () => {
    const isRunning = child.pid !== undefined && child.exitCode === null && child.signalCode === null
    const exited = isRunning ? once(child, 'exit') : undefined
    child.stdin?.end()
    await exited
    await rm(state, { recursive: true, force: true, maxRetries: 5 })
  }
  const endpoint = `https://127.0.0.1:${port}`
  const certificate = join(state, 'ministack-tls/server.crt')
  try {
    await untilHealthy(endpoint, certificate, child)
  } catch (error) {
    await stop()
    throw new Error(`MiniStack did not start:\n${log()}`, { cause: error })
  }
  say(`MiniStack runs on ${endpoint}`)
  return {
    client: { endpoint, region, credentials },
    env: {
      ...isolated,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_CA_BUNDLE: certificate,
      NODE_EXTRA_CA_CERTS: certificate,
    },
    stop,
  }
}

function settings(state: string, port: number): Record<string, string> {
  return {
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    AUTH: 'true',
    USE_SSL: '1',
    LAMBDA_EXECUTOR: 'local',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    TMPDIR: state,
    STATE_DIR: join(state, 'state'),
    S3_DATA_DIR: join(state, 's3'),
    PYTHONUNBUFFERED: '1',
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  const { port } = new URL(await listen(probe))
  await close(probe)
  return Number(port)
}

/** The last lines, for when it does not start. */
function keepLog(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-20_000)
    })
  return () => text
}

async function untilHealthy(endpoint: string, certificate: string, child: ChildProcess): Promise<void> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  failed.catch(() => {})
  const endsAt = Date.now() + startWithinMs
  let isTrusted = false
  for (;;) {
    isTrusted ||= trust(certificate)
    const answer = isTrusted ? await fetch(`${endpoint}/_ministack/health`).catch(() => undefined) : undefined
    if (answer?.ok) return
    if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode}.`)
    if (Date.now() > endsAt) throw new Error(`It is not healthy after ${startWithinMs} ms.`)
    await Promise.race([sleep(100), failed])
  }
}

/** False as long as MiniStack has not made it. */
function trust(certificate: string): boolean {
  if (!existsSync(certificate)) return false
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')])
  return true
}
