import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'
import { say } from './say.ts'

/** A Python that can import MiniStack. */
export interface Ministack {
  python: string
  /** For PYTHONPATH. */
  packages: string | undefined
}

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))

/** Installs the pinned MiniStack below `node_modules/.cache`, once; or says what this machine lacks for it. */
export async function installMinistack(): Promise<Ministack | { missing: string }> {
  if (process.platform === 'win32')
    return { missing: 'MiniStack ends its Lambdas by POSIX process groups: use WSL.' }
  const python = await findPython()
  if (!python) return { missing: 'Python 3.10 or newer (python3) is not installed.' }
  const openssl = await runProgram('openssl', ['version'])
  if (openssl.code !== 0)
    return { missing: 'openssl is not installed: the emulator makes its certificate with it.' }

  const digest = createHash('sha256').update(readFileSync(requirements)).update(python).digest('hex')
  const folder = join(cache, `ministack-${digest.slice(0, 12)}`)
  const installed = join(folder, 'installed.json')
  if (existsSync(installed)) return JSON.parse(readFileSync(installed, 'utf8'))
  say('installing MiniStack')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const made = (await intoVenv(python, folder)) ?? (await intoFolder(python, folder))
  if (!('missing' in made)) await writeFile(installed, JSON.stringify(made))
  return made
}

/** Path of a Python that is new enough. A version manager's shim is another for each folder; this is what it stands for. */
async function findPython(): Promise<string | undefined> {
  const script = 'import sys; print(sys.executable if sys.version_info >= (3, 10) else "")'
  for (const name of ['python3', 'python']) {
    const { code, output } = await runProgram(name, ['-c', script])
    if (code === 0 && output.trim() !== '') return output.trim()
  }
  return undefined
}

/** Undefined where Python has no venv, as Debian's has not. */
async function intoVenv(python: string, folder: string): Promise<Ministack | undefined> {
  const venv = join(folder, 'venv')
  const own = join(venv, 'bin/python')
  const made = await runProgram(python, ['-m', 'venv', venv])
  if (made.code !== 0) return undefined
  const { code } = await pip(own)
  return code === 0 ? { python: own, packages: undefined } : undefined
}

async function intoFolder(python: string, folder: string): Promise<Ministack | { missing: string }> {
  const packages = join(folder, 'packages')
  const { code, output } = await pip(python, '--target', packages)
  if (code === 0) return { python, packages }
  return { missing: `pip could not install ${requirements}:\n${output.trim().slice(-1500)}` }
}

function pip(python: string, ...args: string[]) {
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check']
  return runProgram(python, ['-m', 'pip', 'install', ...quiet, ...args, '--requirement', requirements])
}
