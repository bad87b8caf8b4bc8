import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { installModules } from '../../../infra/bundle/install-modules.ts'
import { startRegistry } from '../cli/npm-registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'install-modules-'))
const from = join(folder, 'handlers')
const entry = join(from, 'index.ts')
let registry: Awaited<ReturnType<typeof startRegistry>>

/** The head of a binary for a machine. */
function elf(machine: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF', 'latin1')
  head.writeUInt16LE(machine, 18)
  return head
}

function depend(...names: string[]): void {
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']))
  writeFileSync(join(from, 'package.json'), JSON.stringify({ type: 'module', dependencies }))
}

beforeAll(async () => {
  registry = await startRegistry(folder, [
    {
      name: 'native-thing',
      version: '1.2.3',
      optionalDependencies: { 'native-thing-arm64': '1.2.3', 'native-thing-x64': '1.2.3' },
    },
    { name: 'native-thing-arm64', version: '1.2.3', os: ['linux'], cpu: ['arm64'] },
    { name: 'native-thing-x64', version: '1.2.3', os: ['linux'], cpu: ['x64'] },
    { name: 'bundled-thing', version: '1.0.0' },
    {
      name: 'prebuilt-thing',
      version: '1.0.0',
      scripts: { install: 'node-gyp-build' },
      files: { 'prebuilds/linux-arm64/thing.node': elf(0xb7), 'prebuilds/linux-x64/thing.node': elf(0x3e) },
    },
    { name: 'fetched-thing', version: '1.0.0', scripts: { install: 'prebuild-install || node-gyp rebuild' } },
    { name: 'x64-thing', version: '1.0.0', files: { 'thing.node': elf(0x3e) } },
    { name: 'mac-thing', version: '1.0.0', files: { 'thing.node': Buffer.from('cffaedfe', 'hex') } },
  ])
  vi.stubEnv('npm_config_registry', registry.url)
  vi.stubEnv('npm_config_cache', join(folder, 'cache'))
  mkdirSync(join(from, 'src/deep'), { recursive: true })
  for (const file of [entry, join(from, 'src/deep/index.ts')]) writeFileSync(file, '')
  writeFileSync(
    join(from, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { 'native-thing': '1.2.3', 'bundled-thing': '1.0.0' } }),
  )
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await registry.stop()
  rmSync(folder, { recursive: true, force: true })
})

it("installs native packages beside the bundle, for Lambda's platform and not this machine's", async () => {
  const bundle = mkdtempSync(join(folder, 'bundle-'))
  await installModules(bundle, ['native-thing'], entry)
  expect(readdirSync(bundle)).toEqual(['node_modules'])
  expect(readdirSync(join(bundle, 'node_modules')).sort()).toEqual(['native-thing', 'native-thing-arm64'])
})

it('takes a package that brings binaries for many machines, and runs no script of it', async () => {
  depend('prebuilt-thing')
  const bundle = mkdtempSync(join(folder, 'bundle-'))
  await installModules(bundle, ['prebuilt-thing'], entry)
  expect(readdirSync(join(bundle, 'node_modules'))).toEqual(['prebuilt-thing'])
})

it.each(['fetched-thing', 'x64-thing', 'mac-thing'])(
  'refuses %s: it has no binary for Lambda',
  async (name) => {
    depend(name)
    await expect(installModules(mkdtempSync(join(folder, 'bundle-')), [name], entry)).rejects.toThrow(
      `${name} brings no binary for Linux on arm64`,
    )
  },
)

it('finds the handlers’ package above their folder', async () => {
  depend('bundled-thing')
  const bundle = mkdtempSync(join(folder, 'bundle-'))
  await installModules(bundle, ['bundled-thing'], join(from, 'src/deep/index.ts'))
  expect(readdirSync(join(bundle, 'node_modules'))).toEqual(['bundled-thing'])
})

it('says what npm says when it cannot', async () => {
  depend('no-such-thing')
  await expect(
    installModules(mkdtempSync(join(folder, 'bundle-')), ['no-such-thing'], entry),
  ).rejects.toThrow(/npm cannot install no-such-thing for Lambda:[\s\S]*404/)
})
