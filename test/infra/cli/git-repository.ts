import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const person = { NAME: 'Somebody', EMAIL: 'somebody@example.com' }

/** Nothing of this machine's configuration, nor of a hook that these tests may run in. */
export const gitEnv: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    Object.entries(person).flatMap(([name, value]) => [
      [`GIT_AUTHOR_${name}`, value],
      [`GIT_COMMITTER_${name}`, value],
    ]),
  ),
}

/** A repository for one test. */
export interface GitRepository {
  folder: string
  /** Runs git in it and returns the lines of its answer. Throws when git fails. */
  git(...args: string[]): string[]
  write(files: Record<string, string>): void
  commit(message: string): void
}

export const hasGit = isGitThere()

function isGitThere(): boolean {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Makes one with a branch `main`, whatever git would call it. */
export function gitRepository(): GitRepository {
  const folder = mkdtempSync(join(tmpdir(), 'smokeball-git-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, env: gitEnv, encoding: 'utf8', stdio: 'pipe' })
      .split('\n')
      .filter(Boolean)
  git('init', '--quiet')
  git('symbolic-ref', 'HEAD', 'refs/heads/main')
  return {
    folder,
    git,
    write(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), text)
      }
    },
    commit(message) {
      git('add', '--all')
      git('commit', '--quiet', '--message', message)
    },
  }
}
