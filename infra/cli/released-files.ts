import { execFileSync } from 'node:child_process'
import { commandLine } from '../../shared/runtime/command-line.ts'
import { usersFiles } from '../settings/project-files.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** What the newest release's template has to go on with: infra/aws/template-changes.ts tells of what. */
export const releasedTemplateFile = 'test/infra/aws/released-template.json'

/**
 * Says whether the user's files are as in the newest release, and throws when they are not, since a release that changes
 * them conflicts in every clone that has made them its own. In such a clone there is nothing to check.
 */
export function checkReleasedFiles(): string {
  if (!isRepository()) return 'No git repository: nothing to compare with.'
  if (git('remote').includes('upstream')) return 'This clone has an upstream: its files are its own.'
  const release = git('tag', '--list', 'v*', '--sort=-version:refname').find(isRelease)
  if (release === undefined) return 'No release to compare with: there is no tag v*.'
  const changed = git('diff', '--name-only', release, '--', ...usersFiles)
  if (changed.length === 0) return `The user's files are as in ${release}.`
  throw new UsageError(
    `A release never changes the user's files (infra/settings/project-files.ts). Changed since ${release}: ${changed.join(', ')}. ` +
      `Put what is new elsewhere, and take these back: ${commandLine('git checkout', { command: [release], positionals: changed })}`,
  )
}

function isRepository(): boolean {
  try {
    return git('rev-parse', '--is-inside-work-tree').includes('true')
  } catch {
    return false
  }
}

/** Whether the tag is a release of this project, and not of somebody's clone. */
function isRelease(tag: string): boolean {
  try {
    const { version } = JSON.parse(git('show', `${tag}:package.json`).join('\n')) as { version?: string }
    return tag === `v${version}`
  } catch {
    return false
  }
}

/** Runs git in the current folder and returns the lines of its answer. Throws when git fails. */
export function git(...args: string[]): string[] {
  return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).split('\n').filter(Boolean)
}
