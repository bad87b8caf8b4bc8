import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Account } from '../../../shared/smokeball-api/account.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts'
import type { Survey } from '../../operate/dead-letters/walk-dead-letters.ts'
import type { Deployment } from '../../operate/deployment.ts'
import type { PlannedReplay } from '../../operate/replay/plan-replay.ts'
import type { SentReplay } from '../../operate/replay/send-replays.ts'
import type { Target } from '../../operate/send/deliver.ts'
import type { CatchUpRuns } from './catch-up-run.ts'
import type { LiveFeed } from './live-feed.ts'
import type { RecordedLines } from './recent-deliveries.ts'

/** What the console works with. */
export interface ConsoleDeps {
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
  deadLetters: DeadLetterQueue
  live: LiveFeed
  catchUp: CatchUpRuns
  /** What only a local run has. */
  local: LocalParts | undefined
  /** Folder of `index.html` and `main.tsx`. */
  pageFolder: string
}

/** What the console uses of a local run. */
export interface LocalParts {
  /** Where samples are delivered, and what signs them. */
  target: Target
  /** It is undefined when the pipeline runs in another process. */
  record: RecordedLines | undefined
}

/**
 * What lies in the dead-letter queue: looked at, sent back, dropped. One at a time: who looks at letters holds them, and
 * nobody else finds them meanwhile. `elsewhere`: about how many more somebody else holds, such as the command line.
 */
export interface DeadLetterQueue {
  survey(signal: AbortSignal): Promise<Survey>
  redrive(
    asked: { which(letter: DeadLetter): boolean; onRedriven(letter: DeadLetter): void },
    signal: AbortSignal,
  ): Promise<{ redriven: number; kept: number; elsewhere: number }>
  drop(
    asked: { which(letter: DeadLetter): boolean; reason: string; onDropped(letter: DeadLetter): void },
    signal: AbortSignal,
  ): Promise<{ dropped: number; kept: number; elsewhere: number }>
}

/** Puts old events back through the queue. */
export interface Replays {
  newId(): string
  plan(event: EventRow, how: Omit<Replay, 'id'>, signal: AbortSignal): Promise<PlannedReplay>
  send(event: EventRow, replay: Replay, signal: AbortSignal): Promise<SentReplay>
}
