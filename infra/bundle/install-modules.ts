import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { commandLine } from '../../shared/runtime/command-line.ts'
import { UsageError } from '../terminal/usage-error.ts'
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

/** ELF's number for arm64. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const aarch64 = 0xb7

/**
 * The packages below a `node_modules` folder that are native and bring no binary for Linux on arm64: they have binaries
 * for other machines alone, or a script that was to make one.
 */
async function foreignBinaries(nodeModules: string): Promise<string[]> {
  const files = await readdir(nodeModules, { recursive: true })
  const binaries = new Map<string, boolean>()
  for (const file of files.filter((name) => name.endsWith('.node'))) {
    const name = packageOf(file)
    binaries.set(name, (binaries.get(name) ?? false) || (await isForArm64(join(nodeModules, file))))
  }
  const provided = new Set([...binaries].filter(([, isThere]) => isThere).map(([name]) => name))
  for (const file of files.filter(isManifest)) {
    const name = packageOf(file)
    if (!binaries.has(name) && (await lacksBinary(join(nodeModules, file), provided)))
      binaries.set(name, false)
  }
  return [...binaries].filter(([, isThere]) => !isThere).map(([name]) => name)
}

/** `a`, or `@scope/a`, of the innermost `node_modules`. */
function packageOf(file: string): string {
  const inner = file.split(`node_modules${sep}`).at(-1) ?? file
  const [first = '', second = ''] = inner.split(sep)
  return first.startsWith('@') ? `${first}/${second}` : first
}

function isManifest(file: string): boolean {
  const inner = file.split(`node_modules${sep}`).at(-1) ?? file
  return inner === join(packageOf(file), 'package.json')
}

async function isForArm64(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(20), 0, 20, 0)
    return buffer.subarray(0, 4).toString('latin1') === '\x7fELF' && buffer.readUInt16LE(18) === aarch64
  } finally {
    await handle.close()
  }
}

/** npm runs node-gyp where there is a binding.gyp, whatever the scripts; others leave the binary to a package beside. */
async function lacksBinary(manifest: string, provided: ReadonlySet<string>): Promise<boolean> {
  const { scripts = {}, optionalDependencies = {} } = JSON.parse(await readFile(manifest, 'utf8')) as Manifest
  if (Object.keys(optionalDependencies).some((name) => provided.has(name))) return false
  const text = `${scripts.install ?? ''} ${scripts.postinstall ?? ''}`
  return (
    existsSync(join(dirname(manifest), 'binding.gyp')) || /node-gyp|prebuild|node-pre-gyp|cmake-js/.test(text)
  )
}

interface Manifest {
  scripts?: Record<string, string>
  optionalDependencies?: Record<string, string>
}
