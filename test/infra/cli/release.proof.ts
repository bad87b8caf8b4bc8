import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { type GitRepository, gitEnv, gitRepository, hasGit } from './git-repository.ts'

const script = fileURLToPath(new URL('../../../infra/cli/release.ts', import.meta.url))
const changelog = '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-07-01\n\n## 0.1.0 - 2026-06-01\n'
const dependency = { version: '0.1.0' }

describe.skipIf(!hasGit)('npm run release', () => {
  let repository: GitRepository

  const release = (...args: string[]) => releaseWith({}, ...args)

  const releaseWith = (env: Record<string, string>, ...args: string[]) =>
    new Promise<string>((resolve) => {
      const options = { cwd: repository.folder, env: { ...gitEnv, ...env } }
      execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) =>
        resolve(`${error?.code ?? 0}: ${stdout}${stderr}`),
      )
    })

  const json = (file: string) => JSON.parse(readFileSync(join(repository.folder, file), 'utf8'))

  beforeEach(() => {
    repository = gitRepository()
    const project = { name: 'webhooks', version: '0.1.0' }
    const packages = { '': { name: 'webhooks', version: '0.1.0' }, 'node_modules/other': dependency }
    repository.write({
      'CHANGELOG.md': changelog,
      'package.json': `${JSON.stringify(project, undefined, 2)}\n`,
      'package-lock.json': `${JSON.stringify({ ...project, packages }, undefined, 2)}\n`,
      'infra/handlers.ts': 'export default {}',
      'test/infra/aws/released-template.json': '{ "release": "0.2.0" }',
    })
    repository.commit('first')
  })

  it('sets the version, and nothing else, and tags it', async () => {
    expect(await release('0.2.0')).toMatch(
      /^0: .*v0\.2\.0 is tagged\. Publish it: git push --follow-tags\n$/s,
    )
    expect(json('package.json').version).toBe('0.2.0')
    expect(json('package-lock.json')).toEqual({
      name: 'webhooks',
      version: '0.2.0',
      packages: { '': { name: 'webhooks', version: '0.2.0' }, 'node_modules/other': dependency },
    })
    expect(repository.git('status', '--porcelain')).toEqual([])
    expect(repository.git('describe')).toEqual(['v0.2.0'])
  })

  it('refuses a version whose template was not kept', async () => {
    repository.write({ 'test/infra/aws/released-template.json': '{ "release": "0.1.0" }' })
    repository.commit('older')
    expect(await release('0.2.0')).toMatch(
      /^1: .*released-template\.json is that of 0\.1\.0, .*: run npm run release:template -- 0\.2\.0, commit that/s,
    )
    expect(repository.git('tag')).toEqual([])
  })

  it('says what it would do, and does nothing, with --dry-run', async () => {
    expect(await release('0.2.0', '--dry-run')).toMatch(
      /^0: .*It would set the version in package\.json and package-lock\.json, and tag v0\.2\.0\.\n$/s,
    )
    expect(repository.git('status', '--porcelain')).toEqual([])
    expect(repository.git('tag')).toEqual([])
    expect(json('package.json').version).toBe('0.1.0')
  })

  it('does nothing where npm took --dry-run for itself', async () => {
    expect(await releaseWith({ npm_config_dry_run: 'true' }, '0.2.0')).toMatch(
      /^2: .*npm took --dry-run for itself\. .*: npm run release -- 0\.2\.0 --dry-run\n$/s,
    )
    expect(repository.git('tag')).toEqual([])
    expect(await releaseWith({ npm_config_dry_run: 'true' }, '0.2.0', '--dry-run')).toMatch(/^0: .*It would/s)
  })

  it.for([
    { args: [], says: /^2: .*Name one version/s },
    { args: ['0.2'], says: /^2: .*Name one version/s },
    { args: ['0.2.0', '--dryrun'], says: /^2: .*Name one version/s },
    { args: ['0.3.0'], says: /^1: .*The newest version that CHANGELOG\.md names is '0\.2\.0 - 2026-07-01'/s },
  ])('refuses $args', async ({ args, says }) => {
    expect(await release(...args)).toMatch(says)
    expect(repository.git('tag')).toEqual([])
  })

  it('refuses what is not committed, and a version that was released', async () => {
    repository.write({ 'new.ts': '' })
    expect(await release('0.2.0')).toMatch(/^1: .*Commit what is uncommitted.*new\.ts/s)
    repository.commit('new')
    await release('0.2.0')
    expect(await release('0.2.0')).toMatch(/^1: .*There is a release v0\.2\.0 already/s)
  })

  it("refuses a release that changes the user's files", async () => {
    await release('0.2.0')
    repository.write({
      'infra/handlers.ts': 'export default { memoryMb: 1024 }',
      'CHANGELOG.md': changelog.replace('## 0.2.0', '## 0.3.0 - 2026-08-01\n\n## 0.2.0'),
    })
    repository.commit('next')
    expect(await release('0.3.0')).toMatch(/^1: .*Changed since v0\.2\.0: infra\/handlers\.ts/s)
    expect(repository.git('tag')).toEqual(['v0.2.0'])
  })
})
