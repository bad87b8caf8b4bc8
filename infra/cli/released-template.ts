/**
 * `npm run release:template -- VERSION`: keeps what the template of a release has to go on with, for the test that holds the next
 * ones to it. The stack is that of the stage `prod` without any settings.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { WebhooksStack } from '../aws/stack.ts'
import { releasedParts, type Template } from '../aws/template-changes.ts'
import { production, stackName } from '../settings/stages.ts'
import { indentedJson } from '../terminal/indented-json.ts'
import { print, runCommand } from '../terminal/terminal.ts'
import { NotUnderstood } from '../terminal/usage-error.ts'
import { releasedTemplateFile } from './released-files.ts'

await runCommand(async () => {
  const [release = '', ...more] = process.argv.slice(2)
  if (more.length > 0 || !/^\d+\.\d+\.\d+$/.test(release))
    throw new NotUnderstood('Name one version, such as: npm run release:template -- 1.2.3')
  const outdir = mkdtempSync(join(tmpdir(), 'released-template-'))
  try {
    const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }
    const app = new App({ context, outdir })
    new WebhooksStack(app, stackName(production), { stage: production, settings: {} })
    const template = app.synth().getStackByName(stackName(production)).template as Template
    writeFileSync(releasedTemplateFile, `${indentedJson({ release, ...releasedParts(template) })}\n`)
    print(`${releasedTemplateFile} is that of ${release}. Commit it.`)
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
})
