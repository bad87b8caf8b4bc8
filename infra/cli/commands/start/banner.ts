import { relative } from 'node:path'
import { defaultHandlersEntry } from '../../../bundle/bundle.ts'
import type { FakeSmokeball } from '../../../fake-smokeball/fake-smokeball.ts'
import type { TryCommand } from '../../../local/connect-firm.ts'
import type { Local, StartLocalOptions } from '../../../local/local.ts'
import { styled, terminal } from '../../../terminal/terminal.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'

/** What `npm start` shows once all is ready. */
export function banner(local: Local, options: StartLocalOptions): string {
  const file = String(options.handlers ?? defaultHandlersEntry)
  const names = local.handlers.map(({ name, types }) => lineForTerminal(`${name} (${types.join(', ')})`))
  const rows = [
    ['Callback URL', styled('bold', local.url)],
    ['Console', local.consoleUrl],
    ['Client id', local.clientId],
    ['Signing key', local.signingKey],
    ['Handlers', `${shortened(file)}: ${names.join(', ') || 'none'}`],
    ['Table', options.data === undefined ? 'in memory' : shortened(options.data)],
  ]
  const shown = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`)
  return `\nReady. Send a sample: npm run send -- matter.updated · Stop: Ctrl-C\n\n${shown.join('\n')}\n`
}

/** Where the fake Smokeball is, and commands to paste, each below what follows from it. */
export function whatToTry({ url, credentials }: FakeSmokeball, commands: readonly TryCommand[]): string {
  const [{ accountId } = { accountId: '' }] = credentials.accounts
  const shown = commands.map(({ what, command }) => `${styled('dim', `# ${what}`)}\n${command}\n`)
  const head = `A fake Smokeball is at ${url}, with the firm ${accountId}. Try, as often as you like:`
  return `\n${head}\n\n${shown.join('\n')}`
}

/** A path as seen from here, unless it is elsewhere. */
export function shortened(path: string): string {
  const fromHere = relative(terminal().cwd, path)
  return fromHere.startsWith('..') ? path : fromHere
}
