import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot, usersFiles } from '../../../infra/settings/project-files.ts'
import { type GitRepository, gitEnv, gitRepository, hasGit } from './git-repository.ts'

const isUsers = (file: string) => usersFiles.some((mine) => file === mine || file.startsWith(`${mine}/`))
const textOf = ({ folder }: GitRepository, file: string) => readFileSync(join(folder, file), 'utf8')

const isFile = ({ folder }: GitRepository, file: string) => lstatSync(join(folder, file)).isFile()

/** The project as its files are now, committed or not. */
function upstreamRepository(): GitRepository {
  const repository = gitRepository()
  const from = ['--git-dir', join(repository.folder, '.git'), '--work-tree', projectRoot]
  execFileSync('git', [...from, 'add', '--all'], { cwd: projectRoot, env: gitEnv, stdio: 'pipe' })
  repository.git('commit', '--quiet', '--message', 'Release')
  repository.git('reset', '--quiet', '--hard')
  return repository
}

/** A clone whose user has changed all that is the user's, and added to it. Returns the texts, too. */
function customisedClone(upstream: GitRepository) {
  const clone = gitRepository()
  clone.git('remote', 'add', 'upstream', upstream.folder)
  clone.git('pull', '--quiet', 'upstream', 'main')
  const own = {
    ...Object.fromEntries(clone.git('ls-files', ...usersFiles).map((file) => [file, `my own ${file}\n`])),
    'functions/handlers/crm/client.ts': 'export const crm = {}\n',
    'functions/handlers/package.json':
      '{ "private": true, "type": "module", "dependencies": { "pg": "^8" } }\n',
    'functions/handlers/package-lock.json': '{ "lockfileVersion": 3 }\n',
    'test/handlers/crm.test.ts': "it('is mine', () => {})\n",
    '.env': 'CRM_KEY=mine\n',
  }
  clone.write(own)
  clone.commit('Our handlers')
  return { clone, own }
}

/** A release that changes every file but the user's, at both ends, and adds some. */
function releaseNext(upstream: GitRepository): void {
  const others = upstream.git('ls-files').filter((file) => !isUsers(file) && isFile(upstream, file))
  upstream.write({
    ...Object.fromEntries(others.map((file) => [file, `new\n${textOf(upstream, file)}\nnew\n`])),
    'functions/keeper/handler.ts': 'new\n',
    'infra/aws/new.ts': 'new\n',
    'test/new.test.ts': 'new\n',
  })
  upstream.commit('Next release')
}

function update({ git }: GitRepository): void {
  git('fetch', '--quiet', 'upstream')
  git('merge', '--quiet', '--no-edit', 'upstream/main')
}

describe.skipIf(!hasGit)('git merge upstream/main', () => {
  it('brings a release that changes every other file into a customised clone without a conflict', () => {
    const upstream = upstreamRepository()
    const { clone, own } = customisedClone(upstream)
    expect(Object.keys(own)).toEqual(
      expect.arrayContaining([
        'functions/handlers/index.ts',
        'infra/handlers.ts',
        'test/handlers/handlers.test.ts',
      ]),
    )
    releaseNext(upstream)
    update(clone)

    expect(clone.git('status', '--porcelain')).toEqual([])
    for (const [file, text] of Object.entries(own)) expect(textOf(clone, file)).toBe(text)
    expect(clone.git('diff', '--name-only', 'upstream/main').filter((file) => !isUsers(file))).toEqual([])
    expect(textOf(clone, 'functions/keeper/handler.ts')).toBe('new\n')
    expect(textOf(clone, 'package.json')).toMatch(/^new\n(.|\n)*\nnew\n$/)
  })

  it('would not, if a release changed one of the user', () => {
    const upstream = upstreamRepository()
    const { clone } = customisedClone(upstream)
    upstream.write({ 'infra/handlers.ts': 'new\n' })
    upstream.commit('Next release')
    expect(() => update(clone)).toThrow()
    expect(clone.git('diff', '--name-only', '--diff-filter=U')).toEqual(['infra/handlers.ts'])
  })
})

it.skipIf(!hasGit)('a clone by Git for Windows has the same line ends as any other', () => {
  const upstream = upstreamRepository()
  const clone = gitRepository()
  clone.git('config', 'core.autocrlf', 'true')
  clone.git('pull', '--quiet', upstream.folder, 'main')
  const lineEnds = (repository: GitRepository) =>
    repository.git('ls-files', '--eol').map((line) => line.split(/\s+/)[1])
  expect(new Set(lineEnds(clone))).toEqual(new Set(lineEnds(upstream)))
  expect(lineEnds(clone)).not.toContain('w/crlf')

  clone.write({ 'functions/handlers/mine.ts': 'export {}\r\n' })
  clone.commit('A file of an editor that writes CRLF')
  expect(clone.git('ls-files', '--eol', 'functions/handlers/mine.ts')).toEqual([
    expect.stringMatching(/^i\/lf +w\/crlf/),
  ])
})
