import { execFile } from 'node:child_process'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { UsageError } from './usage-error.ts'

/** What a Lambda on arm64 runs on. */
const platform = ['--os=linux', '--cpu=arm64', '--libc=glibc']

/**
 * Installs packages beside a bundle, for Lambda's platform, in the versions that the lock file next to the handlers
 * names. Throws `UsageError` when one is not there, or npm fails.
 */
export async function installModules(
  folder: string,
  nodeModules: readonly string[],
  handlersEntry: string,
): Promise<void> {
  const from = dirname(handlersEntry)
  const dependencies = await dependenciesIn(from)
  const missing = nodeModules.filter((name) => !dependencies[name])
  if (missing.length > 0)
    throw new UsageError(
      `infra/handlers.ts: nodeModules names ${missing.join(', ')}, and ${from} has no such dependency. Run: ` +
        `npm install --prefix ${from} ${missing.join(' ')}`,
    )
  const wanted = Object.fromEntries(nodeModules.map((name) => [name, dependencies[name]]))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }))
  await copyFile(join(from, 'package-lock.json'), join(folder, 'package-lock.json')).catch(() => undefined)
  try {
    await promisify(execFile)('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', ...platform], {
      cwd: folder,
    })
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new UsageError(`npm cannot install ${nodeModules.join(', ')} for Lambda:\n${stderr}`, {
      cause: error,
    })
  }
  // What tells npm would make two uploads of the same packages differ.
  await Promise.all(
    ['package.json', 'package-lock.json'].map((name) => rm(join(folder, name), { force: true })),
  )
  await rm(join(folder, 'node_modules/.package-lock.json'), { force: true })
}

async function dependenciesIn(folder: string): Promise<Record<string, string>> {
  try {
    const text = await readFile(join(folder, 'package.json'), 'utf8')
    return (JSON.parse(text) as { dependencies?: Record<string, string> }).dependencies ?? {}
  } catch {
    return {}
  }
}
