import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { installModules } from '../../infra/install-modules.ts'
import { startRegistry } from './npm-registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'install-modules-'))
const from = join(folder, 'handlers')
const entry = join(from, 'index.ts')
let registry: Awaited<ReturnType<typeof startRegistry>>

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
  ])
  vi.stubEnv('npm_config_registry', registry.url)
  vi.stubEnv('npm_config_cache', join(folder, 'cache'))
  mkdirSync(from)
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

it('says what npm says when it cannot', async () => {
  writeFileSync(join(from, 'package.json'), JSON.stringify({ dependencies: { 'no-such-thing': '1.0.0' } }))
  await expect(
    installModules(mkdtempSync(join(folder, 'bundle-')), ['no-such-thing'], entry),
  ).rejects.toThrow(/npm cannot install no-such-thing for Lambda:[\s\S]*404/)
})
