import { AsyncLocalStorage } from 'node:async_hooks'
import type { EventEmitter } from 'node:events'
import { relative, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { inspect, styleText } from 'node:util'
import { type Clock, systemClock } from '../../shared/runtime/clock.ts'
import { textForTerminal } from './terminal-text.ts'
import { UsageError } from './usage-error.ts'

/** What a command is started on: the command line, streams, signals and clock of a process, or a test's stand-ins. */
export interface Terminal {
  /** What follows the name of the command. */
  args: readonly string[]
  env: NodeJS.ProcessEnv
  /** Where relative paths of the environment and of `.env` begin. */
  cwd: string
  stdin: Readable & { isTTY?: boolean }
  stdout: Screen
  stderr: Screen
  /** Emits `SIGINT`, `SIGTERM` and `SIGHUP`, and `unread` once nobody reads what is written. */
  signals: Pick<EventEmitter, 'on' | 'once' | 'off' | 'emit'>
  clock: Clock
  /** What the process ends with: 0 unless it is set. */
  exitCode: number
  /** Ends at once, whatever is still under way. */
  exit(code: number): void
}

/** A terminal has `isTTY` and its width; a file or a pipe has neither. */
type Screen = Writable & { isTTY?: boolean; columns?: number }

/** What `styleText` takes. */
export type Style = Parameters<typeof styleText>[0]

const ofProcess: Terminal = {
  args: process.argv.slice(2),
  get env() {
    return process.env
  },
  get cwd() {
    return process.cwd()
  },
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  clock: systemClock,
  get exitCode() {
    return Number(process.exitCode ?? 0)
  },
  set exitCode(code) {
    process.exitCode = code
  },
  exit: (code) => process.exit(code),
}

const current = new AsyncLocalStorage<Terminal>()

/** The terminal that the running command was started on: the process's own, unless `runOn` gave it another. */
export function terminal(): Terminal {
  return current.getStore() ?? ofProcess
}

/** Runs a command on another terminal than the process's, and on that alone, whatever else runs meanwhile. */
export function runOn<Result>(other: Terminal, run: () => Result): Result {
  return current.run(other, run)
}

type ScreenName = 'stdout' | 'stderr'

/** A line of what the command was run for, on stdout. */
export function print(line: string, style?: Style): void {
  printStyled(styled(style, line))
}

/** A line beside it, on stderr; what is no text is shown as the debugger would. */
export function printError(said: unknown, style?: Style): void {
  printStyled(styled(style, typeof said === 'string' ? said : inspect(said), 'stderr'), 'stderr')
}

/** A line of which parts are `styled`, and the others `harmless`, made by terminal-text.ts or all our own. */
export function printStyled(line: string, screen: ScreenName = 'stdout'): void {
  terminal()[screen].write(`${withOwnStyles(line)}\n`)
}

/** Text that brings its own line ends, such as help. */
export function printText(text: string, screen: ScreenName): void {
  terminal()[screen].write(harmless(text))
}

/** Over and over in the same line of a terminal, until it is the last time. */
export function overwriteLine(line: string, isLast: boolean, screen: ScreenName): void {
  terminal()[screen].write(`\r\u001b[K${harmless(line)}${isLast ? '\n' : ''}`)
}

/** Harmless text, styled where the screen shows it. */
export function styled(style: Style | undefined, text: string, screen: ScreenName = 'stdout'): string {
  return style === undefined
    ? harmless(text)
    : styleText(style, harmless(text), { stream: terminal()[screen] })
}

/** Bold, dim and colours, as `styleText` writes them, and their ends; and what no line of ours has in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ownStylesAndHarm = /(\u001b\[(?:[012]|22|3[1-69])m)|(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu

/** Text of any lines with nothing in it that moves the cursor, speaks to the terminal, colours or hides anything. */
export function harmless(text: string): string {
  return textForTerminal(text.replaceAll('\r\n', '\n'))
}

/** The last net, through which all goes that this project writes to a terminal. It cannot tell our styles from others'. */
function withOwnStyles(line: string): string {
  return line.replace(ownStylesAndHarm, (_, style: string | undefined) => style ?? '?')
}

/** What shells show of a program that wrote to a closed pipe: 128, and the number of SIGPIPE. */
export const brokenPipeCode = 141

/**
 * Has the process end quietly once nobody reads what it writes, as with `| head -1`: whatever listens to `unread` ends its work, and
 * where nothing does, all ends at once. It is no real SIGPIPE, since a listener of that would hear of sockets, too.
 */
export function endWhenUnread(): void {
  const screens = terminal()
  let isUnread = false
  const onBroken = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (isUnread) return
    isUnread = true
    screens.exitCode = brokenPipeCode
    if (!screens.signals.emit('unread')) screens.exit(brokenPipeCode)
  }
  for (const name of ['stdout', 'stderr'] as const) screens[name].on('error', onBroken)
}

/**
 * Runs a command's main function: what the user can mend ends as its message alone on stderr. Exit code 2 if the command line
 * was not understood, else 1.
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    printError(error instanceof UsageError ? error.message : error)
    terminal().exitCode = error instanceof UsageError ? error.exitCode : 1
  }
}

/** A path from the command line, as seen from where the user is: npm runs scripts in the project's root. */
export function givenPath(path: string): string {
  return resolve(terminal().cwd, terminal().env.INIT_CWD ?? '', path)
}

/** A path as seen from here, unless it is elsewhere. */
export function shortened(path: string): string {
  const fromHere = relative(terminal().cwd, path)
  return fromHere.startsWith('..') ? path : fromHere
}
