import { fork } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Message } from 'esbuild'
import type { Subscription } from '../../shared/handling/handler-registry.ts'
import { nodeModulesHint } from '../../shared/runtime/node-modules-hint.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { handlersBundleOptions } from './bundle.ts'
import { cannotBundle } from './cannot-bundle.ts'
import type { HandlersReport } from './handlers-reader.ts'
import { installCommand } from './install-command.ts'

/** What is told of a handler before it runs. */
export type HandlerInfo = Subscription

const readerFile = fileURLToPath(new URL('./handlers-reader.ts', import.meta.url))
const limitMs = 10_000
/** https://nodejs.org/api/process.html#exit-codes: "Unsettled Top-Level Await". */
const neverSettled = 13
/** https://nodejs.org/api/process.html#exit-codes: "Invalid Argument". */
const badOption = 9
const neverEnds =
  'an `await` at the top level never ends, in it or in what it imports: what it waits for is never resolved'

/**
 * Loads a handlers file in a process of its own and returns what it subscribes to. Throws `UsageError` when the file
 * cannot be read, bundled or loaded, or its handlers are not usable; the message says which and how to mend it.
 */
export async function readHandlers(
  file: string,
  {
    outdir,
    env,
    nodeModules = [],
  }: { outdir: string; env: Record<string, string>; nodeModules?: readonly string[] },
): Promise<HandlerInfo[]> {
  await checkReadable(file)
  const bundle = await bundleHandlers(file, join(outdir, 'handlers', 'index.mjs'), nodeModules)
  const report = await runReader([bundle, ...(nodeModules.length > 0 ? [file] : [])], env)
  if ('handlers' in report) return report.handlers
  throw new UsageError(`${file}: ${report.problem}${fixOf(report.problem, { file, outdir, nodeModules })}`)
}

function fixOf(
  problem: string,
  { file, outdir, nodeModules }: { file: string; outdir: string; nodeModules: readonly string[] },
): string {
  const [, missing] = /Cannot find package '([^']+)'/.exec(problem) ?? []
  const isLeftOut = missing !== undefined && nodeModules.includes(missing)
  return isLeftOut ? `\nInstall it: ${installCommand(file, [missing])}` : nodeModulesHint(problem, outdir)
}

async function checkReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
    if ((await stat(file)).isFile()) return
  } catch (cause) {
    throw new UsageError(`Cannot read the handlers file ${file}: ${reason(cause as NodeJS.ErrnoException)}`, {
      cause,
    })
  }
  throw new UsageError(`Cannot read the handlers file ${file}: it is not a file`)
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file'
  return error.code === 'EACCES' ? 'permission denied' : error.message
}

/** Neither credentials of the person who deploys nor of the machine: the SDK looks for them by itself. */
const withoutCredentials = {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
}

/** What the handlers file has around it while it is read: the variables of the function, and nothing of who asks. */
export function readersEnvironment(
  { PATH = '' }: Record<string, string | undefined>,
  ofFunction: Record<string, string> | undefined,
): Record<string, string> {
  return { PATH, TZ: 'UTC', ...withoutCredentials, ...ofFunction }
}

function runReader(args: readonly string[], env: Record<string, string>): Promise<HandlersReport> {
  const { promise, resolve } = Promise.withResolvers<HandlersReport>()
  const child = fork(readerFile, args, {
    env,
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const timer = setTimeout(() => {
    resolve({
      problem: `it does not finish loading within ${limitMs / 1000} s: leave to the handlers what takes long`,
    })
    child.kill('SIGKILL')
  }, limitMs)
  child.once('message', (report) => resolve(report as HandlersReport))
  child.once('exit', (code) => {
    clearTimeout(timer)
    resolve({ problem: problemOfExit(code) })
  })
  return promise
}

function problemOfExit(code: number | null): string {
  if (code === neverSettled) return neverEnds
  if (code === badOption)
    return 'Node does not take its options: look at NODE_OPTIONS, in .env or in infra/handlers.ts'
  return `it ends the process while loading (exit code ${code}): leave out process.exit`
}

/** Bundles a handlers file on its own and returns the bundle. Throws `UsageError` with esbuild's messages. */
export async function bundleHandlers(
  handlersEntry: string,
  outfile: string,
  nodeModules: readonly string[] = [],
): Promise<string> {
  const options = handlersBundleOptions(handlersEntry, { outfile, nodeModules })
  await build(options).catch((error: { errors?: Message[] }) => {
    throw cannotBundle(handlersEntry, error.errors ?? [])
  })
  return outfile
}
