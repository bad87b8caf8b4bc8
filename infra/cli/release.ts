/**
 * `npm run release -- VERSION [--dry-run]`: cuts a release. It checks that the tree is clean, that the changelog names the
 * version, that the template is kept for the next one, and that no file of the user changed. Then it sets the version, commits, and tags `vVERSION`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { commandLine } from '../../shared/runtime/command-line.ts'
import { print, runCommand, terminal } from '../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../terminal/usage-error.ts'
import { checkReleasedFiles, git, releasedTemplateFile } from './released-files.ts'

const versionedFiles = ['package.json', 'package-lock.json']

await runCommand(async () => {
  const { version, isDryRun } = wanted(process.argv.slice(2))
  const tag = `v${version}`
  checkTree(tag)
  checkChangelog(version)
  print(checkReleasedFiles())
  checkTemplate(version)
  const changed = versionedFiles.filter((file) => textWith(file, version) !== readFileSync(file, 'utf8'))
  if (isDryRun)
    return print(`It would set the version in ${changed.join(' and ') || 'no file'}, and tag ${tag}.`)
  for (const file of changed) writeFileSync(file, textWith(file, version))
  if (changed.length > 0) git('commit', '--quiet', '--message', `Release ${version}`, '--', ...changed)
  git('tag', '--annotate', '--message', tag, tag)
  print(`${tag} is tagged. Publish it: ${commandLine('git push', { options: { 'follow-tags': true } })}`)
})

function wanted(args: readonly string[]): { version: string; isDryRun: boolean } {
  const [version, ...more] = args.filter((arg) => arg !== '--dry-run')
  if (version === undefined || more.length > 0 || !/^\d+\.\d+\.\d+$/.test(version))
    throw new NotUnderstood('Name one version, such as: npm run release -- 1.2.3 [--dry-run]')
  const isDryRun = args.includes('--dry-run')
  // npm keeps what no `--` stands before, and leaves this trace of it.
  if (!isDryRun && terminal().env.npm_config_dry_run) {
    const meant = commandLine('npm run release', { positionals: [version, '--dry-run'] })
    throw new NotUnderstood(`npm took --dry-run for itself. Type \`--\` before your options: ${meant}`)
  }
  return { version, isDryRun }
}

function checkTree(tag: string): void {
  const uncommitted = git('status', '--porcelain')
  if (uncommitted.length > 0)
    throw new UsageError(
      `Commit what is uncommitted, or take it back, and try again:\n${uncommitted.join('\n')}`,
    )
  if (git('tag', '--list', tag).length > 0)
    throw new UsageError(`There is a release ${tag} already: choose another version.`)
}

function checkChangelog(version: string): void {
  const headings = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (.+)$/gm)].map(
    ([, text = '']) => text,
  )
  const [newest] = headings.filter((heading) => heading !== 'Unreleased')
  if (newest === undefined || !/^\S+ - \d{4}-\d\d-\d\d$/.test(newest) || newest.split(' ')[0] !== version)
    throw new UsageError(
      `The newest version that CHANGELOG.md names is '${newest ?? 'none'}'. Give what stands under Unreleased the heading ` +
        `'## ${version} - YYYY-MM-DD', commit that, and try again.`,
    )
}

function checkTemplate(version: string): void {
  const { release } = JSON.parse(readFileSync(releasedTemplateFile, 'utf8')) as { release: string }
  if (release === version) return
  const fix = commandLine('npm run release:template', { positionals: [version] })
  throw new UsageError(
    `${releasedTemplateFile} is that of ${release}, and the next release would be held to it: run ${fix}, commit that, and try again.`,
  )
}

/** The file with the project's version, which the lock file has twice. All else stays as it was. */
function textWith(file: string, version: string): string {
  const text = readFileSync(file, 'utf8')
  return text
    .replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`)
    .replace(/^( {4}"": \{[^}]*?^ {6}"version": )"[^"]*"/m, `$1"${version}"`)
}
