import { fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { credentials } from '../../operate/local-account.ts'
import { projectRoot } from '../../settings/project-files.ts'
import { loggedLines } from '../../terminal/line-cells.ts'
import { printError, terminal } from '../../terminal/terminal.ts'
import { linesForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { forwardLines } from '../lambda/lambda-process.ts'
import { processEnvironment } from '../lambda/process-environment.ts'
import type { LocalJob, LocalMessage, LocalRun, LoggedLine } from './local-job.ts'

const processFile = fileURLToPath(new URL('./local-process.ts', import.meta.url))
const usualGraceMs = 5_000
const lastWordsMs = 500

export interface Told {
  /** It waits for a debugger, at this address. */
  onDebugger(url: string): void
  onLogged(line: LoggedLine): void
}

/**
 * Runs an event once through handlers on this machine, in a process that has nothing of this one's environment: no
 * credentials lead from there to a deployment. `env` holds the handlers' variables. Throws `UsageError` when there is no
 * outcome: the process ended, or never lets go; it has `graceMs` for all that is not the handlers' own time.
 */
export async function runLocally(
  { job, env, graceMs = usualGraceMs }: { job: LocalJob; env: Record<string, string>; graceMs?: number },
  told: Told,
  signal: AbortSignal,
): Promise<LocalRun> {
  const ending = endingOf()
  const child = fork(processFile, {
    env: { ...processEnvironment(env, credentials), ...quickStart() },
    execArgv: [],
    serialization: 'advanced',
    // What handlers write to these streams has to be made fit for a terminal, as what they log.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const stop = () => ending.end('Stopped.')
  signal.addEventListener('abort', stop, { once: true })
  child.on('message', (message: LocalMessage) => take(message, { job, graceMs }, told, ending))
  child.once('error', ({ message }) => ending.end(message))
  const said = [child.stdout, child.stderr].map((stream) =>
    forwardLines(stream, (line) => printError(loggedLines(line).join('\n'))),
  )
  child.once('exit', (code, by) => {
    const end = () => ending.end(`A handler ended its process (${by ?? `exit code ${code}`}).`)
    // Its last words come first, unless a process that it left behind holds on to the stream.
    const timer = setTimeout(end, lastWordsMs)
    void Promise.all(said).then(() => {
      clearTimeout(timer)
      end()
    })
  })
  child.send(job)
  try {
    return await ending.run
  } finally {
    signal.removeEventListener('abort', stop)
    // An attached debugger would keep the process, and so would waiting for one.
    child.kill('SIGKILL')
  }
}

/** The process finds the project's compiled code, and bundles that were made before. It removes the first variable again. */
function quickStart(): Record<string, string> {
  const { LOCAL_BUNDLES } = terminal().env
  return {
    NODE_COMPILE_CACHE: join(projectRoot, 'node_modules/.cache/compile'),
    ...(LOCAL_BUNDLES && { LOCAL_BUNDLES }),
  }
}

function take(
  message: LocalMessage,
  { job, graceMs }: { job: LocalJob; graceMs: number },
  told: Told,
  ending: Ending,
): void {
  switch (message.type) {
    case 'debugger':
      told.onDebugger(message.url)
      break
    case 'delivered':
      // Somebody who debugs is not hurried.
      if (job.inspectPort === undefined) ending.endIn(job.timeLimitMs + graceMs, neverLetsGo(job.timeLimitMs))
      break
    case 'logged':
      told.onLogged(message.line)
      break
    case 'over':
      ending.outcome(message.run)
      ending.endIn(graceMs, '')
      break
    case 'failed':
      ending.end(message.problem)
      break
    case 'stopped':
      ending.end('')
      break
    default:
      unreachable(message)
  }
}

/** A run ends with its outcome, whatever happens to its process afterwards, or else with a problem. */
interface Ending {
  run: Promise<LocalRun>
  outcome(run: LocalRun): void
  end(problem: string): void
  endIn(ms: number, problem: string): void
}

function endingOf(): Ending {
  const { promise, resolve, reject } = Promise.withResolvers<LocalRun>()
  let outcome: LocalRun | undefined
  let timer: NodeJS.Timeout | undefined
  function end(problem: string): void {
    clearTimeout(timer)
    if (outcome) resolve(outcome)
    else reject(new UsageError(linesForTerminal(problem).join('\n')))
  }
  return {
    run: promise,
    end,
    outcome(run) {
      outcome = run
    },
    endIn(ms, problem) {
      clearTimeout(timer)
      timer = setTimeout(end, ms, problem)
    },
  }
}

function neverLetsGo(timeLimitMs: number): string {
  return `A handler did not let go of its process within its ${timeLimitMs / 1000} s, such as by a loop that never ends.`
}

function unreachable(message: never): never {
  throw new Error(`Unknown: ${String(message)}`)
}
