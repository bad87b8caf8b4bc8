import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'
import { say } from './say.ts'

/** The project in a folder of its own, so that its user's files can be changed. */
export interface ProjectCopy {
  folder: string
  /** Puts a file of this test in the place of one of the project's. */
  replace(path: string, by: URL): Promise<void>
  /** Puts a file into it. */
  write(path: string, text: string): Promise<void>
  /** Runs a script with the project's Node and returns what it wrote. Throws with that when it fails. */
  run(script: string, ...args: string[]): Promise<string>
  /** Does what `run` does, with this on stdin. */
  feed(input: string, script: string, ...args: string[]): Promise<string>
  /** Runs the CDK's own command line. */
  cdk(...args: string[]): Promise<string>
  remove(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
/** What is made, and what is hidden: `.git`, `.env`, `.local`. */
const leftOut = /^(\..*|node_modules|dist|cdk\.out)$/
/** Neither is AWS's: telemetry, and whether there is a newer version. */
const quiet = { CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: 'true' }

/** Copies the project as it lies there, uncommitted changes included; `node_modules` is linked. `env`: of what it runs. */
export async function projectCopy(env: Record<string, string>): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-project-'))
  const filter = (path: string) => dirname(path) !== root || !leftOut.test(basename(path))
  await cp(root, folder, { recursive: true, filter })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))

  const run = (script: string, ...args: string[]) => runWith({}, script, args)

  async function runWith(given: { input?: string }, script: string, args: string[]): Promise<string> {
    const command = [basename(script), ...args].join(' ')
    say(command)
    const start = performance.now()
    const options = { cwd: folder, env: { ...env, ...quiet }, ...given }
    const { code, output } = await runProgram(process.execPath, [script, ...args], options)
    if (code !== 0) throw new Error(`${command} ended with code ${code}:\n${output}`)
    say(`done in ${((performance.now() - start) / 1000).toFixed(0)} s`)
    return output
  }

  return {
    folder,
    write: (path, text) => writeFile(join(folder, path), text),
    replace: (path, by) => cp(by, join(folder, path)),
    run,
    feed: (input, script, ...args) => runWith({ input }, script, args),
    cdk: (...args) => run('node_modules/aws-cdk/bin/cdk', ...args, '--no-color', '--progress', 'events'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
