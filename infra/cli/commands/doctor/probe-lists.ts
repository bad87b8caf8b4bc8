import { wantedLists } from '../../../../shared/catch-up/wanted-lists.ts'
import { timeLimitOf } from '../../../../shared/runtime/time-limit.ts'
import { isByMatter } from '../../../../shared/smokeball-api/lists.ts'
import { eventTableOf } from '../../../operate/deployment.ts'
import type { Seen } from '../../../operate/list-probes/assumptions.ts'
import { costOf, probeLists } from '../../../operate/list-probes/probe-lists.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { UsageError } from '../../../terminal/usage-error.ts'
import { counted } from '../../terminal/counted.ts'
import { unlessInterrupted } from '../../terminal/until-interrupted.ts'
import { chosenAccount } from '../chosen-accounts.ts'
import type { Run } from '../on-deployment.ts'

const marks = {
  'as-assumed': 'right',
  harmless: 'advised',
  'not-seen': 'advised',
  loses: 'wrong',
} as const satisfies Record<Seen['verdict'], unknown>

/** Tells what a firm's lists show of what catch-up assumes of them. Exit code 1 if changes may not be found. */
export async function tellProbes(run: Run, account: string | undefined): Promise<void> {
  const { deployment, deps, out } = run
  const accountId = await chosenAccount(run, account)
  const lists = wantedLists(deps.patterns).filter((list) => !isByMatter(list))
  if (lists.length === 0)
    throw new UsageError(
      'No handler takes events of a kind that firm-wide lists tell of, so there is none to probe.',
    )
  const { calls, seconds } = costOf(lists)
  out.say(
    `Probing ${counted(lists.length, 'list')} of ${accountId} (${lists.map(({ kind }) => kind).join(', ')}): at most ${calls} calls, two ` +
      `a second, so at most ${seconds} seconds. They read, and change nothing.`,
  )
  const { clock } = terminal()
  const found = await unlessInterrupted(
    (signal) =>
      probeLists(
        { api: deps.access.background, table: eventTableOf(deployment), clock, tell },
        { accountId, lists },
        // Handlers' calls go first, so it may take longer.
        { limit: timeLimitOf(clock.now(), 10 * seconds * 1000, signal) },
      ),
    () => 'Stopped. Nothing was changed: run it again.',
  )
  if (found.some(({ verdict }) => verdict === 'loses')) terminal().exitCode = 1
  out.result(found, [summary(found)])

  function tell({ list, probe, assumed, seen, follows, verdict }: Seen): void {
    out.check(marks[verdict], `${list}, ${probe}: ${seen}`)
    out.say(`    Assumed: ${assumed}. What follows: ${follows}`)
  }
}

/** How many findings are as assumed, how many could not be told, and whether changes may not be found. */
function summary(found: readonly Seen[]): string {
  const of = (verdict: Seen['verdict']) => found.filter((each) => each.verdict === verdict)
  const [harmless, losing] = [of('harmless').length, new Set(of('loses').map(({ list }) => list))]
  return [
    `${of('as-assumed').length} of ${counted(found.length, 'finding')} are as assumed, and ${of('not-seen').length} could not be told.`,
    ...(harmless > 0 ? [`Otherwise than assumed, and at no loss: ${harmless}.`] : []),
    losing.size === 0
      ? 'No list was seen to lose changes.'
      : `Changes that no delivery tells of may not be found in the lists of: ${[...losing].join(', ')}.`,
  ].join(' ')
}
