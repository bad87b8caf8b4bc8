import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, it, vi } from 'vitest'
import { bundleHandlers } from '../../../infra/bundle/read-handlers.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { projectRoot } from '../../../infra/settings/project-files.ts'

let folder = ''

const handlers = `
  import { SNSClient } from '@aws-sdk/client-sns'
  export default () => new SNSClient({ region: 'us-east-1' }).config.credentials()`

const config = `
[profile kept]
aws_access_key_id = AKIAKEPT
aws_secret_access_key = kept

[profile role]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/crm
source_profile = kept`

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>assumed</SecretAccessKey>
  <SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>
  </AssumeRoleResult></AssumeRoleResponse>`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-credentials-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(join(projectRoot, 'node_modules/@aws-sdk'), join(folder, 'node_modules/@aws-sdk'))
  await writeFile(join(folder, 'handlers.ts'), handlers)
  await writeFile(join(folder, 'config'), config)
  return () => rm(folder, { recursive: true })
})

it("gives a handler's own client what its profile says, a role that it assumes included", async () => {
  const sts = createServer((_, response) => response.setHeader('content-type', 'text/xml').end(assumed))
  const url = await listen(sts)
  const bundle = await bundleHandlers(join(folder, 'handlers.ts'), join(folder, 'out/index.mjs'))
  expect(await readdir(join(folder, 'out'))).toContain('credential-sources.mjs')
  const { default: credentials } = await import(pathToFileURL(bundle).href)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_ENDPOINT_URL_STS', url)
  try {
    vi.stubEnv('AWS_PROFILE', 'kept')
    expect(await credentials()).toMatchObject({ accessKeyId: 'AKIAKEPT', secretAccessKey: 'kept' })
    vi.stubEnv('AWS_PROFILE', 'role')
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIAROLE', sessionToken: 'token' })
    vi.stubEnv('AWS_PROFILE', undefined)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'environment')
    expect(await credentials()).toMatchObject({ accessKeyId: 'AKIAENV' })
  } finally {
    vi.unstubAllEnvs()
    await close(sts)
  }
})
