import { Option } from 'commander'
import { kindsOnlySeen, tellingLists, wantedLists } from '../../../shared/catch-up/wanted-lists.ts'
import { epochMsToTicks, type Ticks } from '../../../shared/event/ticks.ts'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { isByMatter, type TellingList } from '../../../shared/smokeball-api/lists.ts'
import { catchUpNow, type WalkedList, walksOf } from '../../operate/catch-up.ts'
import { callLimit } from '../../operate/deployment.ts'
import { explained } from '../../operate/explained.ts'
import { firstSince } from '../../operate/walks.ts'
import { terminal } from '../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { counted } from '../terminal/counted.ts'
import { unlessInterrupted } from '../terminal/until-interrupted.ts'
import { onlySeenLines } from './catch-up/only-seen.ts'
import { tellPlan } from './catch-up/plan.ts'
import { walkProgress } from './catch-up/progress.ts'
import { tellStatus } from './catch-up/status.ts'
import { checkedAccountId, connectedAccounts } from './chosen-accounts.ts'
import { changingCommand } from './command.ts'
import { rangeOf } from './events/options.ts'
import { onDeployment, type Run } from './on-deployment.ts'

interface CatchUpOptions {
  account?: string
  since?: string
  kinds?: string
  allMatters?: boolean
  dryRun?: boolean
  now?: boolean
  status?: boolean
  plan?: boolean
}

/** Looks for changes that no delivery has told of, or tells how far the keeper has come with that. */
export const catchUpCommand = changingCommand(
  'catch-up',
  'Walks the lists in which Smokeball tells what firms have changed, and hands over what no delivery has shown. It does what the ' +
    'keeper does each night, and goes on where a walk broke off.',
  [
    'catch-up --local',
    'catch-up --stage prod --since 2026-11-20 --dry-run',
    'catch-up --stage prod --account 1e53979d-9269-4159-b104-2e603670f59d --since 2d --kinds contact,matter',
    'catch-up --stage prod --status',
  ],
)
  .option('--account <id>', 'of this account (all that are connected)')
  .option(
    '--since <when>',
    "changes since then: 2d (ago), 2026-07-01, '2026-07-01 09:30' (where the last walk ended)",
  )
  .option('--kinds <kinds>', 'of these kinds, such as contact,matter (all that handlers take)')
  .option('--all-matters', 'fees, memos and the like of all matters, and not of those alone that changed')
  .option('--dry-run', 'tells what would be handed over, and changes nothing')
  .option('--now', 'also what was changed in the last half an hour, whose delivery may still come')
  .option('--status', 'tells how far each walk has come, and walks none')
  .addOption(
    new Option('--plan', 'tells which lists are walked for these handlers, and walks none').conflicts(
      'status',
    ),
  )
  .action(
    onDeployment<CatchUpOptions>(async (run, options) => {
      const lists = chosenLists(run, options.kinds)
      if (options.plan) return tellPlan(run, lists)
      if (options.status) return tellStatus(run)
      await walk(run, options, lists)
    }),
  )

/** Throws `NotUnderstood` for a kind that has no list, or that no handler takes. */
function chosenLists({ deps }: Run, kinds: string | undefined): readonly TellingList[] {
  const wanted = wantedLists(deps.patterns)
  if (kinds === undefined) return wanted
  const names = kinds.split(/[\s,]+/).filter(Boolean)
  const unknown = names.find((name) => !wanted.some(({ kind }) => kind === name))
  if (tellingLists.some(({ kind }) => kind === unknown))
    throw new NotUnderstood(`--kinds ${kinds}: no handler takes events of the kind ${unknown}.`)
  const offered = wanted.map(({ kind }) => kind).join(', ')
  if (names.length === 0 || unknown !== undefined)
    throw new NotUnderstood(
      `--kinds ${kinds}: there is no list to walk for ${unknown ?? 'nothing'}. There are: ${offered || 'none, since no handler takes any of their events'}.`,
    )
  return wanted.filter(({ kind }) => names.includes(kind))
}

async function walk(run: Run, options: CatchUpOptions, lists: readonly TellingList[]): Promise<void> {
  const { deployment, deps, out, next } = run
  const { isLocal } = deployment
  const isDry = options.dryRun === true
  const ofAllMatters = options.allMatters === true
  if (ofAllMatters && !lists.some(isByMatter))
    out.note('--all-matters has no effect here: no list that is walked is of what belongs to a matter.')
  const accountIds = await firmsOf(run, options.account)
  const since = await sinceOf(run, options.since, accountIds)
  const progress = walkProgress()
  const walked = await unlessInterrupted(
    (signal) =>
      catchUpNow(
        deployment,
        deps,
        // Here a delivery takes no longer than somebody watches.
        { accountIds, lists, since, ofAllMatters, isDry, takesYoung: isLocal || options.now === true },
        {
          onPage: progress.tell,
          onFound({ envelope: { type, accountId, resource } }) {
            progress.end()
            out.say(`${isDry ? 'Would hand over' : 'Handed over'} ${type} ${resource.id} of ${accountId}`)
          },
          explain: (error) => explained(error, next),
        },
        signal,
      ),
    () => 'Stopped. What was handed over is handled. Run it again for the rest: what was seen is passed by.',
  )
  progress.end()
  const inPart = ofAllMatters ? [] : lists.filter(isByMatter).map(({ kind }) => kind)
  tellWalked(run, walked, isDry, { inPart, onlySeen: kindsOnlySeen(run.deps.patterns, lists) })
}

async function firmsOf(run: Run, account: string | undefined): Promise<string[]> {
  const connected = (await connectedAccounts(run)).map(({ accountId }) => accountId)
  const firms = connected.filter((id) => id !== systemAccountId)
  if (account === undefined && firms.length > 0) return firms
  if (account !== undefined && firms.includes(checkedAccountId(account))) return [account]
  if (run.deployment.isLocal && firms.length === 0)
    throw new UsageError(
      'This local run has no firm. One with a Smokeball of its own has: npm start -- --fake-smokeball',
    )
  const toConnect = run.next({ command: 'connect', options: { account: account ?? 'ACCOUNT_ID' } })
  throw new UsageError(
    `${account === undefined ? 'No account is' : `${account} is not`} connected. Connect it: ${toConnect}`,
  )
}

async function sinceOf(
  run: Run,
  since: string | undefined,
  accountIds: readonly string[],
): Promise<Ticks | undefined> {
  const { sinceEpochMs } = rangeOf(since === undefined ? {} : { since }, terminal().clock.now())
  if (sinceEpochMs !== undefined) return epochMsToTicks(sinceEpochMs)
  const walks = await walksOf(run.deployment, terminal().clock).list(callLimit().signal)
  const firms = (await connectedAccounts(run)).filter(({ accountId }) => accountIds.includes(accountId))
  return firstSince(run.deployment.isLocal, walks, firms)
}

/** Kinds of which the walks have not looked at everything. */
interface Gaps {
  /** Only those of matters that changed were looked at. */
  inPart: readonly string[]
  /** Only those were looked at of which something was delivered before. */
  onlySeen: readonly string[]
}

function tellWalked(
  { out, next, deployment }: Run,
  walked: readonly WalkedList[],
  isDry: boolean,
  { inPart, onlySeen }: Gaps,
): void {
  const sum = (of: 'calls' | 'rows' | 'found') => walked.reduce((all, each) => all + each[of], 0)
  for (const { accountId, kind, problem } of walked)
    if (problem !== undefined) {
      out.warn(`${accountId}, ${kind}: ${problem}`)
      terminal().exitCode = 1
    }
  const [found, calls, rows] = [sum('found'), sum('calls'), sum('rows')]
  const what = isDry ? 'would be handed over' : 'handed over'
  const lists = `${counted(walked.length, 'list')} of ${deployment.name} ${walked.length === 1 ? 'was' : 'were'} walked`
  const looked = `${lists}, with ${counted(calls, 'call')} and ${counted(rows, 'row')}`
  const isAll = inPart.length === 0 && onlySeen.length === 0
  const nothing = isAll ? 'Nothing was missed' : 'Nothing was found that was missed'
  out.result({ found, calls, rows, isDry, inPart, onlySeen, lists: walked }, [
    found === 0 ? `${nothing}. ${looked}.` : `${found} ${what}. ${looked}.`,
    ...(inPart.length > 0
      ? [`The lists of ${inPart.join(', ')} were read only for the matters that changed.`]
      : []),
    ...onlySeenLines(onlySeen),
    ...(found > 0 && !isDry ? [`See them: ${next('events list')}`] : []),
  ])
}
