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
  /** Handlers that were made with `on` have here what a handlers file exports as `isOwn`. @default none */
  isOwn?(requestId: string): unknown
  /** The bundle that handlers made with `on` are in: failures then name places in its sources. @default none */
  bundleFile?: string
  /**
   * Milliseconds that a handler made with `on` waits after so many failed runs.
   * @default as deployed, 5 s doubling to 5 min
   */
  backOffMs?(failures: number): number
  /** Packages that stay outside a handlers file's bundle, since they are native. @default none */
  nodeModules?: readonly string[]
  /** A folder that keeps table, queues and keys, whatever ends the process. @default none: all is gone at the end */
  data?: string
  /** @default 'local-client' */
  clientId?: string
  /** @default a random one */
  signingKey?: string
  /** Keys that are still accepted beside `signingKey`. */
  previousSigningKeys?: readonly string[]
  /** It marks the RequestIds of your own API writes. @default a random one */
  requestIdKey?: string
  /** Further fields of the API's secret, beside `requestIdKey`, such as the credentials of a client. @default none */
  apiSecret?: Record<string, unknown>
  /** The text of the webhook secret, in place of the one that is made of the three above; null stands for no secret. */
  secret?: string | null
  /** After so many failed attempts of a handler, its event is dead-lettered. @default 5 */
  maxAttempts?: number
  /** Time limit of an invocation; a received message is hidden six times as long. @default 30 s */
  consumerTimeoutMs?: number
  /** @default 8 s */
  receiverTimeoutMs?: number
  /** Batches that are handled at once. @default 4 */
  concurrency?: number
  /** Further variables for the handlers. */
  env?: Record<string, string>
  /** Handlers get these values by `secret(name)`. @default none */
  secrets?: Record<string, string>
  /** Whether handlers are reloaded when their file changes, or what it imports. @default false */
  watch?: boolean
  /** Called after each reload: `handlers` and `outputs` are new then. */
  onReload?(): void
  /** Folder of the console's page. @default infra/console/page */
  consolePage?: string
  /** Milliseconds after which the console looks again for events, and at the status. @default 500 and 2,000 */
  consoleLooksMs?: { events: number; status: number }
  /** Called with each line as it is logged. */
  onLine?(line: LocalLine): void
}

/** The whole topology runs on this machine. */
export interface Local extends ReachableRun {
  /** The console's address, with the token that lets in. */
  consoleUrl: string
  /** Runs the keeper, which starts at its first invocation. Throws `InvocationFailed`. */
  keeper: { invoke(event: unknown): Promise<unknown> }
  /** Signs a notification's text and posts it to the callback URL. */
  deliver(body: string | Uint8Array<ArrayBuffer>, how?: Delivery): Promise<Answer>
  tableName: string
  queueUrl: string
  deadLetterQueueUrl: string
  /** What is to be run later waits there. */
  delayQueueUrl: string
  /** Replaces the secret; null removes it. The receiver keeps what it read for a while, as deployed. */
  setSecret(text: string | null): void
  /** Resolves when nothing is queued, delayed or in flight; throws after `withinMs` (30 s). */
  settled(withinMs?: number): Promise<void>
  /** Returns how many messages are queued, delayed or in work. */
  pending(): Promise<number>
  /** The last 10,000 lines that were logged. */
  lines: readonly LocalLine[]
  /** Lets running invocations end for up to two seconds, and ends all processes and servers. */
  stop(): Promise<void>
}
