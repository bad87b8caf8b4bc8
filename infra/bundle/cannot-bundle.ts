import { findPackageJSON } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formatMessagesSync, type Message } from 'esbuild'
import { nodeModulesHint } from '../../shared/runtime/node-modules-hint.ts'
import { projectRoot } from '../settings/project-files.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { installCommand } from './install-command.ts'

/** What esbuild says of a handlers file, with file and line, as an error for whoever wrote it. */
export function cannotBundle(handlersEntry: string, errors: Message[]): UsageError {
  const explained = errors.map((error) => withFix(error, handlersEntry))
  const formatted = formatMessagesSync(explained, { kind: 'error', color: process.stderr.isTTY === true })
  const messages = formatted.join('').trimEnd()
  return new UsageError(
    `The handlers file ${handlersEntry} cannot be bundled:\n${messages}${nodeModulesHint(messages)}`,
  )
}

const arrayIsMissing = 'It exports no handlers. Default-export an array: `export default [on(…), …]`.'

/** The package's name at the beginning of what is imported from it. */
const packageName = /^(?:@[\w.~-]+\/)?[\w~][\w.~-]*(?=\/|$)/

/** esbuild advises an option of its own. */
function withFix(error: Message, handlersEntry: string): Message {
  // It names a file of this project, which imports the handlers.
  if (/^No matching export in ".*" for import "default"$/.test(error.text))
    return { ...error, text: arrayIsMissing, location: null, notes: [] }
  const [, path] = /^Could not resolve "(.*)"$/.exec(error.text) ?? []
  if (path === undefined) return error
  const notes = error.notes.filter(({ text }) => !text.startsWith('You can mark the path '))
  const [name] = packageName.exec(path) ?? []
  const isAdvised = notes.length < error.notes.length
  if (name === undefined || !isAdvised || isInstalled(name, error.location?.file ?? handlersEntry))
    return { ...error, notes }
  const text = `The package is not installed. Install it: ${installCommand(handlersEntry, [name])}`
  return { ...error, notes: [...notes, { text, location: null }] }
}

/** Whether the file finds it, which is told from the project's root. */
function isInstalled(name: string, importer: string): boolean {
  try {
    return findPackageJSON(name, pathToFileURL(join(projectRoot, importer))) !== undefined
  } catch {
    return false
  }
}
