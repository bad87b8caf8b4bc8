import { EventEmitter, once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { runOn, type Terminal } from '../../../infra/terminal/terminal.ts'
import { type Clock, systemClock } from '../../../shared/runtime/clock.ts'

/** What a command wrote, and its exit code. */
export interface Ended {
  code: number
  stdout: string
  stderr: string
}

export interface StartOptions {
  stdin?: string
  /** All that it finds in its environment; what leads to an AWS account is not there but by this. */
  env?: Record<string, string>
  /** Where a user would type it. */
  cwd?: string
  /** Width of the terminal that stdout is; without it, stdout is no terminal. */
  columns?: number
  /** Typed on a terminal that stdin and stderr are too, each once its question is there. */
  answers?: readonly Typed[]
  /** @default the system's */
  clock?: Clock
}

export type Typed = readonly [question: string, keys: string]

/** A command that runs in this process. */
export interface Started {
  /** What it has written so far. */
  stdout(): string
  stderr(): string
  /** Both, as they came. */
  screen(): string
  /** Interrupts it, as Ctrl-C does with `SIGINT`. */
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void
  /** Nobody reads its stdout any more. */
  closeStdout(): void
  ended: Promise<Ended>
}

/** By `NO_COLOR` and the like, as of a terminal. */
const { getColorDepth } = WriteStream.prototype

/** A command of the program; `cdk` and `webhooks`: the one that the arguments begin with. */
export type CommandName = 'start' | 'send' | 'console' | 'costs' | 'deploy' | 'webhooks' | 'cdk'

/** No account, no profile, no running `npm start`: what a command finds of these, a test gives it. */
const nothing = {
  ...{ HOME: '/nonexistent', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
  ...{ AWS_EC2_METADATA_DISABLED: 'true', LOCAL_STATE_DIR: '/nonexistent', NO_COLOR: '1' },
}

/** Starts a command in this process, on streams, signals and an exit code of its own. */
export function startCommand(
  name: CommandName,
  args: readonly string[],
  { stdin = '', env = {}, cwd = projectRoot, columns, answers, clock = systemClock }: StartOptions = {},
): Started {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const written = { stdout: '', stderr: '' }
  let screen = ''
  const keyboard = answers && typing(answers)
  const show = (on: keyof typeof written) => (chunk: Buffer) => {
    written[on] += chunk
    screen += chunk
    keyboard?.see(String(chunk))
  }
  out.on('data', show('stdout'))
  err.on('data', show('stderr'))
  const signals = new EventEmitter()
  let exitAtOnce = (_: number) => {}
  const exited = new Promise<void>((resolve) => {
    exitAtOnce = (code) => {
      terminal.exitCode = code
      resolve()
    }
  })
  const terminal: Terminal = {
    args: name === 'webhooks' || name === 'cdk' ? args : [name, ...args],
    get env() {
      return process.env
    },
    cwd,
    stdin: keyboard?.stdin ?? Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
    stdout: columns === undefined ? out : Object.assign(out, { isTTY: true, columns, getColorDepth }),
    stderr: keyboard ? Object.assign(err, { isTTY: true, columns, getColorDepth }) : err,
    ...{ signals, clock },
    exitCode: 0,
    exit: (code) => exitAtOnce(code),
  }
  const run = async (): Promise<Ended> => {
    const { PATH = '', LOCAL_BUNDLES = '' } = process.env
    const leave = await enterEnvironment({ PATH, LOCAL_BUNDLES, ...nothing, ...env })
    try {
      const { runProgram } = await import('../../../infra/cli/program.ts')
      await Promise.race([runOn(terminal, runProgram), exited])
    } catch (error) {
      // A process ends so that nobody catches it in.
      err.write(`${error instanceof Error ? error.stack : error}\n`)
      terminal.exitCode = 1
    } finally {
      leave()
    }
    const ends = [out, err].map((stream) => (stream.destroyed ? undefined : once(stream.end(), 'end')))
    await Promise.all(ends)
    return { code: terminal.exitCode, ...written }
  }
  return {
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    screen: () => screen,
    kill: (signal) => void signals.emit(signal, signal),
    closeStdout: () => void out.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    ended: run(),
  }
}

/** A stdin that is a terminal, and whoever types there. */
function typing(answers: readonly Typed[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const left = [...answers]
  let unanswered = ''
  return {
    stdin,
    see(chunk: string): void {
      unanswered += chunk
      const [question, keys] = left[0] ?? []
      if (question === undefined || !unanswered.includes(question)) return
      left.shift()
      unanswered = ''
      // Once the question is written to its end.
      setImmediate(() => stdin.write(keys))
    },
  }
}

interface Environment {
  key: string
  users: number
  /** What was there before the first of them. */
  before: Record<string, string | undefined>
}

let environment: Environment | undefined
const waiting: (() => void)[] = []

/**
 * Makes this `process.env`, which the SDK reads, until `leave` is called. Commands with the same one may run side by side,
 * others wait for their turn.
 */
async function enterEnvironment(env: Record<string, string>): Promise<() => void> {
  const key = JSON.stringify(env)
  while (environment && environment.key !== key) await new Promise<void>((resolve) => waiting.push(resolve))
  environment ??= { key, users: 0, before: replaceEnvironment(env) }
  const mine = environment
  mine.users++
  return function leave() {
    mine.users--
    if (mine.users > 0) return
    replaceEnvironment(mine.before)
    environment = undefined
    for (const wake of waiting.splice(0)) wake()
  }
}

function replaceEnvironment(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const before = { ...process.env }
  for (const name of Object.keys(before)) if (!(name in env)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, env)
  return before
}
