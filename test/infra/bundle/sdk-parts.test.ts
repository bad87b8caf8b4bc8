import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EventStreamCodec } from '@smithy/core/event-streams'
import { beforeAll, expect, it, vi } from 'vitest'
import { bundleHandlers } from '../../../infra/bundle/read-handlers.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { projectRoot } from '../../../infra/settings/project-files.ts'

let folder = ''
let handlers: { credentials(): Promise<object>; read(): Promise<string> }

/** What handlers may do with clients of their own. */
const source = `
  import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda'
  const region = 'us-east-1'
  export default {
    credentials: () => new LambdaClient({ region }).config.credentials(),
    async read() {
      const invoke = new InvokeWithResponseStreamCommand({ FunctionName: 'report' })
      const { EventStream } = await new LambdaClient({ region }).send(invoke)
      let text = ''
      for await (const { PayloadChunk } of EventStream) text += Buffer.from(PayloadChunk?.Payload ?? [])
      return text
    },
  }`

const profiles = `
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
  folder = await mkdtemp(join(tmpdir(), 'smokeball-sdk-parts-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(join(projectRoot, 'node_modules/@aws-sdk'), join(folder, 'node_modules/@aws-sdk'))
  await writeFile(join(folder, 'handlers.ts'), source)
  await writeFile(join(folder, 'profiles'), profiles)
  const bundle = await bundleHandlers(join(folder, 'handlers.ts'), join(folder, 'out/index.mjs'))
  handlers = (await import(pathToFileURL(bundle).href)).default
  return () => rm(folder, { recursive: true })
})

it("gives a handler's own client what its profile says, a role that it assumes included", async (context) => {
  const url = await serve(context, (_, response) => {
    response.setHeader('content-type', 'text/xml').end(assumed)
  })
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'profiles'))
  vi.stubEnv('AWS_ENDPOINT_URL_STS', url)
  vi.stubEnv('AWS_PROFILE', 'kept')
  expect(await handlers.credentials()).toMatchObject({ accessKeyId: 'AKIAKEPT', secretAccessKey: 'kept' })
  vi.stubEnv('AWS_PROFILE', 'role')
  expect(await handlers.credentials()).toMatchObject({ accessKeyId: 'ASIAROLE', sessionToken: 'token' })
  vi.stubEnv('AWS_PROFILE', undefined)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'environment')
  expect(await handlers.credentials()).toMatchObject({ accessKeyId: 'AKIAENV' })
})

it("reads an event stream by a handler's own client", async (context) => {
  const url = await serve(context, (_, response) => {
    response.setHeader('content-type', 'application/vnd.amazon.eventstream')
    response.end(Buffer.concat([chunk('one, '), chunk('two')]))
  })
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'environment')
  expect(await handlers.read()).toBe('one, two')
})

it('has each export of each part', async () => {
  const { href } = pathToFileURL(join(folder, 'out/sdk-parts.mjs'))
  const exported = Object.keys(await import(href))
  const providers = ['sso', 'ini', 'process', 'web-identity', 'http'].map(
    (name) => `@aws-sdk/credential-provider-${name}`,
  )
  for (const part of [...providers, '@smithy/credential-provider-imds', '@smithy/core/event-streams']) {
    const names = Object.keys(await import(part)).filter((name) => !/^(default|module\.exports)$/.test(name))
    expect(names.length).toBeGreaterThan(0)
    expect(exported).toEqual(expect.arrayContaining(names))
  }
})

function chunk(text: string): Uint8Array {
  const codec = new EventStreamCodec(String, (each) => Buffer.from(each))
  const header = (value: string) => ({ type: 'string' as const, value })
  const headers = {
    ':message-type': header('event'),
    ':event-type': header('PayloadChunk'),
    ':content-type': header('application/octet-stream'),
  }
  return codec.encode({ headers, body: Buffer.from(text) })
}

/** Until the test ends, as are the variables. */
async function serve(
  { onTestFinished }: { onTestFinished(end: () => Promise<void>): void },
  answer: RequestListener,
): Promise<string> {
  const server = createServer(answer)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await close(server)
  })
  return listen(server)
}
