import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useAws } from '../../../infra/cli/commands/use-aws.ts'
import { awsProblem } from '../../../infra/operate/explained.ts'

const folder = mkdtempSync(join(tmpdir(), 'use-aws-'))
const config = join(folder, 'config')
writeFileSync(config, '[default]\n[profile firm]\nregion = eu-west-1\n')
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => {
  vi.stubEnv('AWS_CONFIG_FILE', config)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined)
})
afterEach(() => void vi.unstubAllEnvs())

it.each([
  [{ AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'us-east-2' }, 'firm', 'us-west-2'],
  [{ AWS_DEFAULT_REGION: 'us-east-2' }, 'firm', 'us-east-2'],
  [{ AWS_REGION: '', AWS_DEFAULT_REGION: '' }, 'firm', 'eu-west-1'],
  [{ AWS_PROFILE: 'firm' }, undefined, 'eu-west-1'],
])('sets one region for the SDK and the CDK: %j, profile %s', async (env, profile, region) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  await useAws({ profile, needsRegion: true })
  expect(process.env).toMatchObject({ AWS_REGION: region, AWS_PROFILE: 'firm' })
})

it('asks for a region only where one is needed', async () => {
  await useAws({ needsRegion: false })
  expect(process.env.AWS_REGION).toBeUndefined()
  await expect(useAws({ needsRegion: true })).rejects.toThrow(
    'Say which region: export AWS_REGION=ap-southeast-2, or set it in the AWS profile.',
  )
})

it.each([
  [Object.assign(new Error('Token is expired'), { name: 'ExpiredTokenException' }), /expired\. Log in/],
  [
    Object.assign(new Error('Not here.'), { name: 'ResourceNotFoundException' }),
    /Not here\. Say where it is/,
  ],
  [new Error('connect ECONNREFUSED'), /ECONNREFUSED\. Look at the credentials, the region/],
  ['a text', /a text\. Look/],
  [new SyntaxError('Unexpected token in "the secret"'), /^(?!.*the secret\b).*Look/],
])('an error of AWS becomes its message and the fix: %s', (cause, message) => {
  expect(awsProblem('do it', cause)).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) })
})
