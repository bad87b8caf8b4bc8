import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { projectCopy } from '../../deploy/project-copy.ts'

/** An environment with no AWS account and no network in reach. */
const nowhere = {
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
}

it('npm run synth writes a template without an account and without network', async () => {
  // In a clone that its user made their own, settings and handlers may need both.
  const project = await projectCopy(nowhere)
  onTestFinished(project.remove)
  await project.replace('infra/handlers.ts', new URL('example-settings.ts', import.meta.url))
  await project.replace('functions/handlers/index.ts', new URL('example-handlers.ts', import.meta.url))
  const out = await project.run('infra/cli/main.ts', 'synth', '--stage', 'dev', '--quiet')
  expect(out).not.toMatch(/error|warn/i)
  const template = readFileSync(join(project.folder, 'cdk.out/SmokeballWebhooks-dev.template.json'), 'utf8')
  expect(JSON.parse(template)).toHaveProperty('Outputs.CallbackUrl')
  expect(template).not.toContain(project.folder)
})
