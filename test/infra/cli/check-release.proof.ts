import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { type GitRepository, gitEnv, gitRepository, hasGit } from './git-repository.ts'

const script = fileURLToPath(new URL('../../../infra/cli/check-release.ts', import.meta.url))

describe.skipIf(!hasGit)('npm run check:release', () => {
  let repository: GitRepository

  const check = () =>
    new Promise<string>((resolve) => {
      execFile(process.execPath, [script], { cwd: repository.folder, env: gitEnv }, (error, stdout, stderr) =>
        resolve(`${error?.code ?? 0}: ${stdout}${stderr}`),
      )
    })

  function release(version: string, files: Record<string, string> = {}): void {
    repository.write({ 'package.json': JSON.stringify({ version }), ...files })
    repository.commit(version)
    repository.git('tag', `v${version}`)
  }

  beforeEach(() => {
    repository = gitRepository()
    release('0.9.0', { 'functions/handlers/index.ts': 'export default 1', 'infra/handlers.ts': 'older' })
    release('0.10.0', { 'infra/handlers.ts': 'export default {}' })
  })

  it('passes while only other files change', async () => {
    repository.write({ 'README.md': 'new', 'functions/receiver/handler.ts': 'new' })
    repository.commit('next')
    expect(await check()).toBe("0: The user's files are as in v0.10.0.\n")
  })

  it('fails when one of the user changes, or comes', async () => {
    repository.write({
      'infra/handlers.ts': 'export default { memoryMb: 1024 }',
      'test/handlers/new.test.ts': '',
    })
    repository.commit('next')
    expect(await check()).toMatch(
      /^1: .*Changed since v0\.10\.0: infra\/handlers\.ts, test\/handlers\/new\.test\.ts\. .*git checkout v0\.10\.0 -- infra/,
    )
  })

  it('takes no tag of a clone for a release, and leaves clones alone', async () => {
    repository.write({ 'infra/handlers.ts': 'mine' })
    repository.commit('mine')
    repository.git('tag', 'v2.0.0')
    repository.git('tag', 'v3.0.0', `${repository.git('hash-object', '-w', 'infra/handlers.ts')}`)
    expect(await check()).toMatch(/^1: .*Changed since v0\.10\.0/)
    repository.git('remote', 'add', 'upstream', 'https://git.example/webhooks.git')
    expect(await check()).toMatch(/^0: This clone has an upstream/)
  })

  it('passes before the first release, and where there is no repository', async () => {
    repository.git('tag', '--delete', 'v0.9.0', 'v0.10.0')
    expect(await check()).toBe('0: No release to compare with: there is no tag v*.\n')
    rmSync(join(repository.folder, '.git'), { recursive: true })
    expect(await check()).toBe('0: No git repository: nothing to compare with.\n')
  })
})
