import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { delimiter, dirname } from 'node:path'
import { projectRoot } from '../../../settings/project-files.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { UsageError } from '../../../terminal/usage-error.ts'

/** Runs the `cdk` command line, with the terminal its own. Throws `UsageError` when it fails: it has told why. */
export async function runCdk(
  args: readonly string[],
  env: NodeJS.ProcessEnv = terminal().env,
): Promise<void> {
  const cdk = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk')
  const child = spawn(process.execPath, [cdk, ...args], {
    cwd: projectRoot,
    stdio: 'inherit',
    // The app is run by the `node` of the PATH, which is to be this one.
    env: { ...env, PATH: [dirname(process.execPath), env.PATH].join(delimiter) },
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new UsageError(`cdk ${args[0]} failed, as it says above.`)
}
