import { existsSync } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'

/** ELF's number for arm64. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const aarch64 = 0xb7

/**
 * The packages below a `node_modules` folder that are native and bring no binary for Linux on arm64: they have binaries
 * for other machines alone, or a script that was to make one.
 */
export async function foreignBinaries(nodeModules: string): Promise<string[]> {
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
