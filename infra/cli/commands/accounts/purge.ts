import { randomUUID } from 'node:crypto'
import { type HeldCounts, heldKinds } from '../../../operate/accounts/account-items.ts'
import {
  heldOf,
  type PurgeDeps,
  type PurgeResult,
  purgeAccount,
} from '../../../operate/accounts/purge-account.ts'
import { deadLettersDepsOf } from '../../../operate/dead-letters/walk-dead-letters.ts'
import type { Deployment } from '../../../operate/deployment.ts'
import { isoOf, shownMoment } from '../../../operate/moments.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { UsageError } from '../../../terminal/usage-error.ts'
import { askWhether, isInteractive } from '../../terminal/ask.ts'
import { heldLines, lookProgress } from '../../terminal/held-words.ts'
import { unlessInterrupted } from '../../terminal/until-interrupted.ts'
import { checkedAccountId } from '../chosen-accounts.ts'
import { changingCommand } from '../command.ts'
import { elsewhereLines } from '../dlq/chosen-letters.ts'
import { onDeployment, type Run } from '../on-deployment.ts'

interface PurgeOptions {
  dryRun?: boolean
  wait: boolean
  yes?: boolean
}

/** AWS keeps at most so much of a table's past. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
const recoveryMs = 35 * 86_400_000

/** Deletes what a deployment holds of a firm that has left. */
export const accountsPurge = changingCommand(
  'purge <account>',
  'Deletes for good what the table and the dead letters hold of an account, and has what still waits in the queues dropped. ' +
    'It ends with a receipt. Killed at any point, it goes on when it is run again. Asks before; without a terminal, --yes says so.',
  [
    'accounts purge 1e53979d-9269-4159-b104-2e603670f59d --stage prod --dry-run',
    'accounts purge 1e53979d-9269-4159-b104-2e603670f59d --stage prod --yes --json > receipt.json',
  ],
)
  .option('--dry-run', 'tells what there is, and deletes nothing')
  .option(
    '--no-wait',
    'ends after the first look, and does not wait until all functions know of it, some six minutes: then run it again',
  )
  .option('--yes', 'does not ask')
  .hook('preAction', ({ args }) => void checkedAccountId(args[0] ?? ''))
  .action(
    onDeployment<PurgeOptions>(async (run, options, accountId = '') => {
      if (options.dryRun) return tellHeld(run, accountId)
      if (!options.yes) await confirm(run, accountId)
      tellReceipt(run, await purge(run, accountId, options.wait))
    }),
  )

function purgeDepsOf(deployment: Deployment): PurgeDeps {
  return { ...deadLettersDepsOf(deployment), random: Math.random, randomId: randomUUID }
}

async function tellHeld({ deployment, out, next }: Run, accountId: string): Promise<void> {
  const progress = lookProgress()
  const { counts, isConnected, elsewhere } = await unlessInterrupted(
    (signal) =>
      heldOf(
        purgeDepsOf(deployment),
        accountId,
        (step) => step.kind === 'looking' && progress.tell(step.looked, foundText(step.counts, 'found')),
        signal,
      ),
    () => 'Stopped. Nothing was changed.',
  )
  progress.end()
  const lines = heldLines(counts)
  const first = isConnected
    ? [
        `It is still connected. Before a purge: ${next({ command: 'accounts remove', positionals: [accountId] })}`,
      ]
    : []
  out.result({ account: accountId, deployment: deployment.name, isConnected, held: counts, elsewhere }, [
    ...(lines.length > 0
      ? [`A purge would delete of ${accountId}:`, ...lines]
      : [`There is nothing of ${accountId} in the table and among the dead letters.`]),
    ...elsewhereLines(elsewhere),
    ...[
      'What waits in the queues cannot be told by account: after a purge it is dropped when its turn comes.',
      ...first,
    ],
  ])
}

async function confirm({ deployment, next }: Run, accountId: string): Promise<void> {
  const dryRun = next({ command: 'accounts purge', options: { 'dry-run': true }, positionals: [accountId] })
  if (!isInteractive())
    throw new UsageError(`Say --yes to delete all of ${accountId}. What that is: ${dryRun}`)
  if (!(await askWhether(`Delete all that ${deployment.name} holds of ${accountId} for good?`)))
    throw new UsageError('Nothing was deleted.')
}

async function purge(
  { deployment, out, next }: Run,
  accountId: string,
  waits: boolean,
): Promise<PurgeResult> {
  const progress = lookProgress()
  const again = next({ command: 'accounts purge', options: { yes: true }, positionals: [accountId] })
  const result = await unlessInterrupted(
    (signal) =>
      purgeAccount(
        purgeDepsOf(deployment),
        accountId,
        {
          waits,
          onStep(step) {
            if (step.kind === 'looking') return progress.tell(step.looked, foundText(step.counts, 'deleted'))
            progress.end()
            out.note(`${waitingFor[step.why]} It looks again at ${shownMoment(step.untilEpochMs)}.`)
          },
        },
        signal,
      ),
    () => `Stopped. What was deleted so far is counted. Go on: ${again}`,
  )
  progress.end()
  return result
}

const waitingFor = {
  functions: 'By then, all functions know that nothing more of it is to be recorded.',
  letters: 'Somebody else looks at dead letters, so that not all were seen.',
} as const

function foundText(counts: HeldCounts, what: string): string {
  const count = heldKinds.reduce((sum, kind) => sum + counts[kind], 0)
  return `${count} ${what}`
}

function tellReceipt({ deployment, out, next }: Run, result: PurgeResult): void {
  const { accountId, purgedEpochMs, finishedEpochMs, counts, droppedUntilEpochMs, elsewhere } = result
  const isFinished = finishedEpochMs !== undefined
  if (!isFinished) terminal().exitCode = 1
  const recoveryUntilEpochMs = (finishedEpochMs ?? terminal().clock.now()) + recoveryMs
  const lines = heldLines(counts)
  out.result(
    {
      account: accountId,
      deployment: deployment.name,
      began: isoOf(purgedEpochMs),
      finished: isFinished ? isoOf(finishedEpochMs) : null,
      deleted: counts,
      droppedUntil: isoOf(droppedUntilEpochMs),
      recoverableUntil: deployment.isLocal ? null : isoOf(recoveryUntilEpochMs),
    },
    [
      `Purge of ${accountId} from ${deployment.name}`,
      `Began     ${shownMoment(purgedEpochMs, true)} UTC`,
      `Finished  ${isFinished ? `${shownMoment(finishedEpochMs, true)} UTC` : 'not yet'}`,
      ...(lines.length > 0 ? ['Deleted:', ...lines] : ['There was nothing to delete.']),
      `What still comes of it is dropped and not recorded, until ${shownMoment(droppedUntilEpochMs, true)} UTC. Until then, its id stays in the table for that.`,
      ...(deployment.isLocal
        ? []
        : [
            `Point-in-time recovery keeps what was deleted until ${shownMoment(recoveryUntilEpochMs, true)} UTC at most. Backups that you made keep it as long as you keep them.`,
          ]),
      ...elsewhereLines(elsewhere),
      ...(isFinished
        ? []
        : [
            `Something may have come since. Once all functions know of it, run it again: ${next({ command: 'accounts purge', options: { yes: true }, positionals: [accountId] })}`,
          ]),
    ],
  )
}
