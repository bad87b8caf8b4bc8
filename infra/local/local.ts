import type { Handler } from '../../shared/handling/handler-registry.ts'
import type { LocalLine } from '../operate/log-lines.ts'
import type { ReachableRun } from '../operate/running-file.ts'
import type { Answer, Delivery } from '../operate/send/deliver.ts'

export interface StartLocalOptions {
  /** @default 0, any free port */
  port?: number
  /**
   * A handlers file, which runs in processes of its own; or handlers made with `on`, which run in this process and may
   * be closures.
   * @default functions/handlers/index.ts
   */
  handlers?: string | URL | readonly Handler[]
  /** For handlers that were made with `on`: what a handlers file exports as `isOwn`. @default none */
  isOwn?(requestId: string): unknown
  /** For handlers that were made with `on`: the bundle that they are in, for places of its sources in failures. @default none */
  bundleFile?: string
  /**
   * For handlers that were made with `on`: milliseconds that a handler waits after so many failed runs.
   * @default as deployed, 5 s doubling to 5 min
   */
  backOffMs?(failures: number): number
  /** Packages that a handlers file cannot be bundled with, since they are native. @default none */
  nodeModules?: readonly string[]
  /** Folder that keeps table, queues and keys, whatever ends the process. @default none: all is gone at the end */
  data?: string
  /** @default 'local-client' */
  clientId?: string
  /** @default a random one */
  signingKey?: string
  /** Keys that are still accepted beside `signingKey`. */
  previousSigningKeys?: readonly string[]
  /** Marks RequestIds of your own API writes. @default a random one */
  requestIdKey?: string
  /** Further fields of the API's secret, beside `requestIdKey`: credentials of a Smokeball. @default none */
  apiSecret?: Record<string, unknown>
  /** The secret's text instead of the one made of the three above; null for no secret. */
  secret?: string | null
  /** Failed attempts of a handler after which its event is dead-lettered. @default 5 */
  maxAttempts?: number
  /** Time limit of an invocation; a received message is hidden six times as long. @default 30 s */
  consumerTimeoutMs?: number
  /** @default 8 s */
  receiverTimeoutMs?: number
  /** Batches that are handled at once. @default 4 */
  concurrency?: number
  /** Further variables for the handlers. */
  env?: Record<string, string>
  /** What handlers get by `secret(name)`: name → value. @default none */
  secrets?: Record<string, string>
  /** Reload when the handlers file changes, or what it imports. @default false */
  watch?: boolean
  /** Told after each reload: `handlers` and `outputs` are new. */
  onReload?(): void
  /** Folder of the console's page. @default infra/console/page */
  consolePage?: string
  /** Milliseconds between two looks of the console: for events, and at how all is doing. @default 500 and 2,000 */
  consoleLooksMs?: { events: number; status: number }
  /** Told of each line as it is logged. */
  onLine?(line: LocalLine): void
}

/** The whole topology, running on this machine. */
export interface Local extends ReachableRun {
  /** The console's address, with the token that lets in. */
  consoleUrl: string
  /** Runs the keeper, which starts at its first invocation. Throws `InvocationFailed`. */
  keeper: { invoke(event: unknown): Promise<unknown> }
  /** Signs a notification's text and posts it to the callback URL. */
  deliver(body: string | Uint8Array, how?: Delivery): Promise<Answer>
  tableName: string
  queueUrl: string
  deadLetterQueueUrl: string
  /** What is to be run later waits there. */
  delayQueueUrl: string
  /** Replaces the secret; null removes it. The receiver keeps what it read for a while, as deployed. */
  setSecret(text: string | null): void
  /** Resolves when nothing is queued, delayed or in flight; throws after `withinMs` (30 s). */
  settled(withinMs?: number): Promise<void>
  /** Messages that are queued, delayed or in work. */
  pending(): Promise<number>
  /** What was logged, the last 10,000 lines. */
  lines: readonly LocalLine[]
  /** Lets running invocations end for up to two seconds, and ends all processes and servers. */
  stop(): Promise<void>
}
