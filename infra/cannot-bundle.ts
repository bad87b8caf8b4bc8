import { formatMessagesSync, type Message } from 'esbuild'
import { nodeModulesHint } from './node-modules-hint.ts'
import { UsageError } from './usage-error.ts'

/** What esbuild says of a handlers file, with file and line, as an error for whoever wrote it. */
export function cannotBundle(handlersEntry: string, errors: Message[]): UsageError {
  const formatted = formatMessagesSync(errors, { kind: 'error' })
  const messages = formatted.join('').trimEnd()
  return new UsageError(
    `The handlers file ${handlersEntry} cannot be bundled:\n${messages}${nodeModulesHint(messages)}`,
  )
}
