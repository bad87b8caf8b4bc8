import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import { getItem } from '../../../shared/ledger/event-table.ts'
import { AdvisedError } from '../../../shared/runtime/advised-error.ts'
import { wait } from '../../../shared/runtime/clock.ts'
import { accountKey, removedAccountKeptMs } from '../../../shared/smokeball-api/account.ts'
import { visibilityTimeouts } from '../../settings/topology.ts'
import { callSignal, type DeadLettersDeps, surveyDeadLetters } from '../dead-letters/walk-dead-letters.ts'
import { type HeldCounts, itemsOfAccount, kindOf, noneHeld, scanItems, withKinds } from './account-items.ts'
import { deleteInHand, purgeItems } from './purge-items.ts'
import { isLetterOf, purgeLetters } from './purge-letters.ts'
import { openProgress, type PurgeProgress } from './purge-progress.ts'

export interface PurgeDeps extends DeadLettersDeps {
  random(): number
  /** A new random text for each call. */
  randomId(): string
}

/** Where a purge is, for whoever watches it. */
export type PurgeStep =
  | { kind: 'looking'; pass: number; looked: number; counts: HeldCounts }
  | { kind: 'waiting'; untilEpochMs: number; why: 'functions' | 'letters' }

export interface PurgeResult {
  accountId: string
  /** When the mark was made that the functions heed. */
  purgedEpochMs: number
  /** Undefined: something may have come since, and the purge is to be run again. */
  finishedEpochMs: number | undefined
  counts: HeldCounts
  /** Until when what comes of the account is dropped. */
  droppedUntilEpochMs: number
  /** About how many dead letters somebody else held at the last look. */
  elsewhere: number
}

/** A consumer looks at the mark once in five minutes, and clocks differ by a little. */
const knownWithinMs = 5 * 60_000 + 30_000
/** A dead letter that somebody looks at is hidden for so long. */
const letterHiddenMs = 2 * 60_000
const mostPasses = 10

/**
 * Deletes all that the table and the dead letters hold of an account, and marks it: the consumer drops what still waits in the
 * queues. A look that finds nothing, and began after every function knew the mark, ends it; without `waits`, the first look
 * does. Killed at any call, it goes on when it is run again, and counts nothing twice. Throws while the account is connected, or
 * if another purge of it goes on.
 */
export async function purgeAccount(
  deps: PurgeDeps,
  accountId: string,
  { waits, onStep }: { waits: boolean; onStep(step: PurgeStep): void },
  signal: AbortSignal,
): Promise<PurgeResult> {
  const { clock } = deps
  await refuseConnected(deps, accountId)
  const progress = await openProgress({ ...deps, now: clock.now }, accountId, callSignal)
  const settledEpochMs = progress.state.purgedEpochMs + knownWithinMs + (await consumerTimeoutMs(deps))
  await deleteInHand(deps, progress, signal)
  for (let pass = 1; ; pass++) {
    const beganEpochMs = clock.now()
    await refuseConnected(deps, accountId)
    const { found, elsewhere } = await look(deps, progress, { accountId, pass, onStep, signal })
    const isSettled = beganEpochMs >= settledEpochMs
    const isOver = isSettled && found === 0 && elsewhere === 0
    if (isOver) await progress.save({ finishedEpochMs: clock.now() })
    if (isOver || !waits || pass === mostPasses)
      return resultOf(progress, { accountId, elsewhere, isOver, nowEpochMs: clock.now() })
    const untilEpochMs = isSettled && elsewhere > 0 ? clock.now() + letterHiddenMs : settledEpochMs
    if (untilEpochMs <= clock.now()) continue
    onStep({ kind: 'waiting', untilEpochMs, why: isSettled ? 'letters' : 'functions' })
    await wait(clock, untilEpochMs - clock.now(), signal)
  }
}

function resultOf(
  { state: { purgedEpochMs, finishedEpochMs, counts } }: PurgeProgress,
  of: { accountId: string; elsewhere: number; isOver: boolean; nowEpochMs: number },
): PurgeResult {
  const { accountId, elsewhere, isOver, nowEpochMs } = of
  return {
    accountId,
    purgedEpochMs,
    finishedEpochMs: isOver ? finishedEpochMs : undefined,
    counts,
    droppedUntilEpochMs: nowEpochMs + removedAccountKeptMs,
    elsewhere,
  }
}

/** One look at the dead letters and the table. Deletes what it finds. */
async function look(
  deps: PurgeDeps,
  progress: PurgeProgress,
  of: { accountId: string; pass: number; onStep(step: PurgeStep): void; signal: AbortSignal },
): Promise<{ found: number; elsewhere: number }> {
  const { accountId, pass, onStep, signal } = of
  const onLooked = (looked: number) =>
    onStep({ kind: 'looking', pass, looked, counts: progress.state.counts })
  // Whoever connects the firm again meanwhile keeps what comes from then on.
  const beforeEach = () => refuseConnected(deps, accountId)
  const letters = await purgeLetters(deps, progress, accountId, { beforeEach, signal })
  const items = await purgeItems(deps, progress, accountId, { onLooked, beforeEach, signal })
  return { found: letters.found + items.found, elsewhere: letters.elsewhere }
}

/** What a purge would delete by now. It changes nothing. */
export async function heldOf(
  deps: PurgeDeps,
  accountId: string,
  onStep: (step: PurgeStep) => void,
  signal: AbortSignal,
): Promise<{ counts: HeldCounts; isConnected: boolean; elsewhere: number }> {
  let counts = noneHeld
  const { elsewhere } = await surveyDeadLetters(deps, signal, (letter) => {
    if (isLetterOf(accountId, letter)) counts = withKinds(counts, ['deadLetters'])
  })
  for await (const { items, looked } of scanItems(deps, itemsOfAccount(accountId), signal)) {
    counts = withKinds(counts, items.map(kindOf))
    onStep({ kind: 'looking', pass: 1, looked, counts })
  }
  return { counts, elsewhere, isConnected: await isConnected(deps, accountId) }
}

async function isConnected({ dynamodb, tableName }: PurgeDeps, accountId: string): Promise<boolean> {
  const item = await getItem({ client: dynamodb, tableName }, accountKey(accountId), callSignal(), ['added'])
  return item?.added !== undefined
}

async function refuseConnected(deps: PurgeDeps, accountId: string): Promise<void> {
  if (await isConnected(deps, accountId)) throw new StillConnected(accountId)
}

/** Its events go on coming, and the keeper looks after its subscription. */
class StillConnected extends AdvisedError {
  readonly code = 'STILL_CONNECTED'

  constructor(accountId: string) {
    super(`${accountId} is still connected, and its events go on coming.`, {
      text: 'Remove it first',
      next: { command: 'accounts remove', positionals: [accountId] },
    })
    this.name = 'StillConnected'
  }
}

/** How long an invocation that began before the consumer knew the mark may still write. */
async function consumerTimeoutMs({ sqs, queueUrl: QueueUrl }: PurgeDeps): Promise<number> {
  const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] })
  const { Attributes } = await sqs.send(ask, { abortSignal: callSignal() })
  return (Number(Attributes?.VisibilityTimeout ?? 0) * 1_000) / visibilityTimeouts
}
