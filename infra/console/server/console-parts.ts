import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Account } from '../../../shared/smokeball-api/account.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import type { Deployment } from '../../operate/deployment.ts'
import type { DeliveryCounts, LocalLine } from '../../operate/log-lines.ts'
import type { Target } from '../../operate/send/deliver.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { LiveFeed } from './live-feed.ts'
import type { Replays } from './replays.ts'

/** What the console works with. */
export interface ConsoleParts {
  deployment: Deployment
  /** What the printed URL carries. */
  token: string
  clock: Clock
  /** What handlers there are, as far as it can be told. */
  handlers(): Promise<readonly HandlerInfo[] | undefined>
  accounts(): Promise<Account[]>
  /** URL of the CloudWatch dashboard. */
  dashboard(): Promise<string | undefined>
  replays: Replays
  deadLetters: DeadLetters
  live: LiveFeed
  /** What only a local run has. */
  local: LocalParts | undefined
  /** Folder of `index.html` and `main.tsx`. */
  pageFolder: string
}

/** These are of the local run. */
export interface LocalParts {
  /** Where samples are delivered, and what signs them. */
  target: Target
  /** Undefined where another process has them. */
  record: RecordedLines | undefined
}

/** What the run's functions logged. */
export interface RecordedLines {
  readonly counts: Readonly<DeliveryCounts>
  /** The last ones. */
  readonly lines: readonly LocalLine[]
  /** Tells of each line from now on; the returned function ends it. */
  subscribe(onLine: (line: LocalLine) => void): () => void
}
