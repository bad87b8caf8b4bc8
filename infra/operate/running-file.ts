import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HandlerInfo } from '../bundle/read-handlers.ts'
import { terminal } from '../terminal/terminal.ts'
import { replaceFile } from './kept-file.ts'
import type { ClientConfig } from './local-account.ts'
import type { DeployedOutputs } from './stack-outputs.ts'

/** What a local run tells of itself to those who want to reach it. */
export interface ReachableRun {
  /** The callback URL. */
  url: string
  /** It is random. `GET /health` of the callback's address answers with it, so that this run is told apart from any other. */
  runId: string
  clientId: string
  signingKey: string
  requestIdKey: string
  readonly handlers: readonly HandlerInfo[]
  /** What the command line asks a stack for. */
  readonly outputs: DeployedOutputs
  /** For `new DynamoDBClient(…)` and the other clients. */
  dynamodb: ClientConfig
  sqs: ClientConfig
  secretsManager: ClientConfig
  /** Its functions are `receiver`, `consumer` and `keeper`. The consumer's event source mappings can be paused. */
  lambda: ClientConfig
  /** It knows one metric: how old the oldest event is that waits. */
  cloudwatch: ClientConfig
}

/** What the command line reads of a running `npm start`. */
export interface Running
  extends Pick<
    ReachableRun,
    'url' | 'runId' | 'clientId' | 'signingKey' | 'requestIdKey' | 'outputs' | 'handlers'
  > {
  pid: number
  /** What SDK clients need to reach it instead of AWS. */
  aws: {
    region: string
    credentials: ClientConfig['credentials']
    endpoints: Record<'dynamodb' | 'sqs' | 'secretsManager' | 'lambda' | 'cloudwatch', string>
  }
}

const ownFolder = fileURLToPath(new URL('../../.local', import.meta.url))

/** `LOCAL_STATE_DIR` lets several local runs keep apart. */
function folder(): string {
  return terminal().env.LOCAL_STATE_DIR ?? ownFolder
}

function file(): string {
  return join(folder(), 'running.json')
}

/** Tells the command line of this run, as it is now. The file holds keys: only its owner may read it. */
export function writeRunning(local: ReachableRun): void {
  const { url, runId, clientId, signingKey, requestIdKey, outputs } = local
  const { pid } = process
  // The handlers of a test hold functions, which JSON cannot carry.
  const handlers = local.handlers.map(({ name, types, order, own }) => ({ name, types, order, own }))
  const running: Running = {
    url,
    runId,
    clientId,
    signingKey,
    requestIdKey,
    pid,
    outputs,
    handlers,
    aws: awsOf(local),
  }
  makeFolder()
  replaceFile(file(), JSON.stringify(running))
}

/** A folder that is made here, and the project's own one, are open to their owner alone. Any other folder is left as it is. */
function makeFolder(): void {
  mkdirSync(folder(), { recursive: true, mode: 0o700 })
  if (folder() !== ownFolder) return
  try {
    chmodSync(ownFolder, 0o700)
  } catch {
    // It is another user's. The file's own mode keeps its keys.
  }
}

/** What SDK clients need to reach it. */
export function awsOf({
  dynamodb,
  sqs,
  secretsManager,
  lambda,
  cloudwatch,
}: Pick<ReachableRun, 'dynamodb' | 'sqs' | 'secretsManager' | 'lambda' | 'cloudwatch'>): Running['aws'] {
  // The SDK's clients note more on the object than these two.
  const { accessKeyId, secretAccessKey } = sqs.credentials
  return {
    region: sqs.region,
    credentials: { accessKeyId, secretAccessKey },
    endpoints: {
      dynamodb: dynamodb.endpoint,
      sqs: sqs.endpoint,
      secretsManager: secretsManager.endpoint,
      lambda: lambda.endpoint,
      cloudwatch: cloudwatch.endpoint,
    },
  }
}

const answerLimitMs = 5_000

/**
 * The run that is there now, if any. One that died without cleaning up does not count, whatever process has its id now and
 * whatever listens on its port.
 */
export async function readRunning(): Promise<Running | undefined> {
  const running = readFile()
  return running && (await isThere(running)) ? running : undefined
}

function readFile(): Running | undefined {
  try {
    return JSON.parse(readFileSync(file(), 'utf8')) as Running
  } catch {
    return undefined
  }
}

async function isThere({ url, runId }: Running): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(answerLimitMs)
    const response = await fetch(new URL('/health', url), { signal, redirect: 'error' })
    const { run } = (await response.json()) as { run?: unknown }
    return typeof run === 'string' && run === runId
  } catch {
    return false
  }
}

/** Takes this run's note away, and no later one's. */
export function removeRunning({ runId }: Pick<ReachableRun, 'runId'>): void {
  if (readFile()?.runId === runId) rmSync(file(), { force: true })
}
