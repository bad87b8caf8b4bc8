import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { commandLine } from '../../shared/runtime/command-line.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { foreignBinaries } from './foreign-binaries.ts'
import { handlersManifest } from './install-command.ts'

/** What a Lambda on arm64 runs on. A package's own scripts would build or fetch for this machine. */
const forLambda = ['--os=linux', '--cpu=arm64', '--libc=glibc', '--ignore-scripts']

/**
 * Installs packages beside a bundle, for Lambda's platform, in the versions that the lock file of the handlers names.
 * Throws `UsageError` when one is not there, npm fails, or one brings no binary that runs there.
 */
export async function installModules(
  folder: string,
  nodeModules: readonly string[],
  handlersEntry: string,
): Promise<void> {
  const manifest = handlersManifest(handlersEntry)
  const from = dirname(manifest ?? handlersEntry)
  const dependencies = manifest === undefined ? {} : await dependenciesIn(manifest)
  const missing = nodeModules.filter((name) => !dependencies[name])
  if (missing.length > 0)
    throw new UsageError(
      `infra/handlers.ts: nodeModules names ${missing.join(', ')}, and ${from} has no such dependency. Run: ` +
        commandLine('npm install', { options: { prefix: from }, positionals: missing }),
    )
  const wanted = Object.fromEntries(nodeModules.map((name) => [name, dependencies[name]]))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }))
  const lock = join(from, 'package-lock.json')
  if (existsSync(lock)) await copyFile(lock, join(folder, 'package-lock.json'))
  await install(folder, nodeModules)
  await refuseForeign(folder)
}

async function install(folder: string, nodeModules: readonly string[]): Promise<void> {
  try {
    const options = ['--omit=dev', '--no-audit', '--no-fund', ...forLambda]
    await promisify(execFile)('npm', ['install', ...options], { cwd: folder })
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new UsageError(`npm cannot install ${nodeModules.join(', ')} for Lambda:\n${stderr}`, {
      cause: error,
    })
  }
  // What tells npm would make two uploads of the same packages differ.
  const notes = ['package.json', 'package-lock.json', 'node_modules/.package-lock.json']
  await Promise.all(notes.map((name) => rm(join(folder, name), { force: true })))
}

async function refuseForeign(folder: string): Promise<void> {
  const packages = await foreignBinaries(join(folder, 'node_modules'))
  if (packages.length === 0) return
  throw new UsageError(
    `infra/handlers.ts: of nodeModules, ${packages.join(', ')} brings no binary for Linux on arm64. Packages that compile ` +
      'or fetch theirs when they are installed cannot be deployed so: take one that ships prebuilt binaries as optional ' +
      'dependencies, or in its folder `prebuilds`.',
  )
}

async function dependenciesIn(manifest: string): Promise<Record<string, string>> {
  const text = await readFile(manifest, 'utf8')
  return (JSON.parse(text) as { dependencies?: Record<string, string> }).dependencies ?? {}
}
