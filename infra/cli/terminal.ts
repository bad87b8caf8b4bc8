import { AsyncLocalStorage } from 'node:async_hooks'
import type { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { inspect } from 'node:util'
import { type Clock, systemClock } from '../../shared/clock.ts'

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
  /** Emits `SIGINT`, `SIGTERM` and `SIGHUP`. */
  signals: Pick<EventEmitter, 'on' | 'once' | 'off'>
  clock: Clock
  /** What the process ends with: 0 unless it is set. */
  exitCode: number
  /** Ends at once, whatever is still under way. */
  exit(code: number): void
}

/** A terminal has `isTTY` and its width; a file or a pipe has neither. */
type Screen = Writable & { isTTY?: boolean; columns?: number }

const ofProcess: Terminal = {
  // After the name that `run.ts` goes by.
  args: process.argv.slice(3),
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

/** A line of what the command was run for, on stdout. */
export function print(line: string): void {
  terminal().stdout.write(`${line}\n`)
}

/** A line beside it, on stderr; what is no text is shown as the debugger would. */
export function printError(said: unknown): void {
  terminal().stderr.write(`${typeof said === 'string' ? said : inspect(said)}\n`)
}
