import { shellWord } from '../../../../shared/runtime/command-line.ts'
import { systemAccountId } from '../../../../shared/smokeball-api/account.ts'
import type { HandlerInfo } from '../../../bundle/read-handlers.ts'
import { handlersOf } from '../../../operate/handlers-of.ts'
import { type ImportedList, importFirm, listsToImport } from '../../../operate/import-firm.ts'
import { didYouMean } from '../../../smokeball/unlisted-types.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { unlessInterrupted } from '../../terminal/until-interrupted.ts'
import { walkProgress } from '../catch-up/progress.ts'
import type { Run } from '../on-deployment.ts'

export interface ImportOptions {
  import?: boolean
  handler?: string[]
}

/** The handlers that an import is for; none where none is asked for. Throws `NotUnderstood`, also for other names. */
export async function importingHandlers(
  { deployment }: Run,
  { import: isAsked, handler: names }: ImportOptions,
): Promise<readonly HandlerInfo[]> {
  if (!isAsked && names === undefined) return []
  if (!isAsked) throw new NotUnderstood('--handler says whom an import is for: give --import with it.')
  const known = await handlersOf(deployment)
  const able = known.filter((handler) => listsToImport(handler).length > 0).map(({ name }) => name)
  const offered =
    able.length > 0
      ? `An import can be for: ${able.join(', ')}`
      : `No handler takes the creation of a kind that an import shows. ${shownKinds}`
  if (names === undefined)
    throw new NotUnderstood(
      `--import shows all that a firm has to the handlers that you name by --handler NAME. ${offered}`,
    )
  return names.map((name) => {
    const handler = known.find((each) => each.name === name)
    if (handler && able.includes(name)) return handler
    if (!handler)
      throw new NotUnderstood(`No handler is called '${name}'.${didYouMean(name, able)} ${offered}`)
    const others = able.length > 0 ? ` ${offered}` : ''
    throw new NotUnderstood(
      `'${name}' takes the creation of no kind that an import shows. ${shownKinds}${others}`,
    )
  })
}

const kinds = listsToImport({ types: ['*'] }).map(({ kind }) => kind)
const shownKinds = `These are the kinds whose list is of the whole firm: ${kinds.join(', ')}. What belongs to a matter is not imported, and neither are activity codes, which tell no time.`

/** Shows all that a firm has to these handlers. Returns what was walked for each. */
export async function importFor(
  run: Run,
  accountId: string,
  handlers: readonly HandlerInfo[],
): Promise<{ handler: string; lists: ImportedList[] }[]> {
  const { deployment, deps, out } = run
  const progress = walkProgress()
  const imports = await unlessInterrupted(
    async (signal) => {
      const done: { handler: string; lists: ImportedList[] }[] = []
      for (const handler of handlers) {
        const lists = await importFirm(deployment, deps, { accountId, handler }, progress.tell, signal)
        progress.end()
        done.push({ handler: handler.name, lists })
        const what = lists.map(({ kind, found }) => `${found} ${kind}`).join(', ')
        out.say(`Import for ${handler.name}: ${what}`)
        for (const { kind } of lists.filter(({ isOver }) => !isOver)) {
          out.warn(`There was no time for each ${kind}: run it again. What was shown is passed by.`)
          terminal().exitCode = 1
        }
      }
      return done
    },
    () => 'Stopped. What was handed over is handled. Run it again for the rest: what was shown is passed by.',
  )
  out.say(`See them: ${run.next({ command: 'events list', options: { account: accountId } })}`)
  return imports
}

/** The one firm whose import it is. Throws `UsageError` where there are several. */
export function importedFirm(accountIds: readonly string[]): string {
  const firms = accountIds.filter((id) => id !== systemAccountId)
  const [one = '', other] = firms
  if (other === undefined) return one
  throw new UsageError(`Say whose import it is: --account ${firms.map(shellWord).join(' or ')}`)
}
