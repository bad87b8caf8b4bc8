import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../infra/bundle.ts'
import { cdkOptions } from '../../infra/cli/cdk-options.ts'
import { deployReport } from '../../infra/cli/deploy-report.ts'
import { subscribedTypes } from '../../infra/cli/subscribed-types.ts'
import { startServer } from './start-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script as npm would, with no AWS account and no network in reach. */
async function run(
  script: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const nowhere = {
    HOME: folder,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const noNetwork = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' }
  const PATH = [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  try {
    const ended = await promisify(execFile)(process.execPath, [script, ...args], {
      cwd: projectRoot,
      env: { PATH, ...nowhere, ...noNetwork, ...env },
    })
    return { code: 0, ...ended }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

describe('npm run synth', () => {
  it('writes a template without an account and without network', async () => {
    const { code, stdout, stderr } = await run('infra/cli/cdk.ts', [
      'synth',
      '--stage',
      'dev',
      '--quiet',
      '--output',
      folder,
    ])
    expect(stderr).not.toMatch(/error|warn/i)
    expect({ code, stdout }).toMatchObject({ code: 0 })
    const template = readFileSync(join(folder, 'SmokeballWebhooks-dev.template.json'), 'utf8')
    expect(JSON.parse(template)).toHaveProperty('Outputs.CallbackUrl')
    expect(template).not.toContain(projectRoot)
  })

  it('says how a stage is named, and shows no stack', async () => {
    const { code, stderr } = await run('infra/cli/cdk.ts', ['synth', '--stage', 'My Stage'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/'My Stage' cannot be a stage/)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('the options of deploy, diff, synth and destroy', () => {
  it('are the stage and the profile; the rest is the CDK’s', () => {
    expect(cdkOptions('deploy', ['--stage', 'dev', '--verbose', '--profile=firm', '--hotswap'])).toEqual({
      stage: 'dev',
      stackName: 'SmokeballWebhooks-dev',
      profile: 'firm',
      args: [
        'deploy',
        'SmokeballWebhooks-dev',
        '--context',
        'stage=dev',
        '--verbose',
        '--profile=firm',
        '--hotswap',
      ],
    })
    expect(cdkOptions('diff', [])?.args).toEqual(['diff', 'SmokeballWebhooks', '--context', 'stage=prod'])
    expect(cdkOptions('destroy', ['--help'])).toBeUndefined()
  })

  it.each([[['--stage']], [['--stage', '--verbose']], [['--stage=']]])('%j lacks a value', (args) => {
    expect(() => cdkOptions('deploy', args)).toThrow(/--stage needs a value/)
  })

  it('npm run deploy --stage dev, without the two dashes, deploys nothing', async () => {
    const { code, stderr } = await run('infra/cli/deploy.ts', ['dev'], { npm_config_stage: 'true' })
    expect(code).toBe(1)
    expect(stderr).toContain('npm run deploy -- --stage dev')
  })
})

describe('after a deployment', () => {
  const after = { CallbackUrl: 'https://x.example/smokeball', EventTypes: 'contact.* matter.updated' }

  it('the first step is the client id', () => {
    const report = deployReport({ stage: 'dev', before: undefined, after, hasClientId: false })
    expect(report).toContain('https://x.example/smokeball')
    expect(report).toContain('contact.*, matter.updated')
    expect(report).toContain('npm run client-id -- CLIENT_ID --stage dev')
  })

  it('tells what changed in the types that handlers want, and to update the subscription', () => {
    const before = { ...after, EventTypes: 'matter.updated task.created' }
    const report = deployReport({ stage: 'prod', before, after, hasClientId: true })
    expect(report).toContain('(+ contact.*, - task.created)')
    expect(report).toContain('npm run --silent subscription')
  })

  it('has nothing to do when nothing changed', () => {
    const report = deployReport({ stage: 'prod', before: after, after, hasClientId: true })
    expect(report).toMatch(/as before/)
    expect(report).toMatch(/Done\.\n$/)
  })

  it('shows the types as they are when it could not be told what was there', () => {
    const report = deployReport({
      stage: 'prod',
      before: null,
      after: { CallbackUrl: 'u', EventTypes: '-' },
      hasClientId: undefined,
    })
    expect(report).toContain('none: no handler asks for any')
    expect(report).not.toContain('as before')
  })
})

it('a subscription names known types where handlers name patterns', () => {
  const known = ['contact.created', 'contact.updated', 'contactnote.created', 'matter.updated']
  expect(subscribedTypes(['contact.*', 'matter.updated', 'new.type'], known)).toEqual([
    'contact.created',
    'contact.updated',
    'matter.updated',
    'new.type',
  ])
  expect(subscribedTypes(['*'], known)).toEqual(known)
  expect(subscribedTypes(['-'], known)).toEqual([])
})

describe('with an account', () => {
  const arn = 'arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:webhook-AbCdEf'
  const credentials = {
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_REGION: 'ap-southeast-2',
    HTTPS_PROXY: '',
    HTTP_PROXY: '',
  }

  /** The two services, with one stack and one secret. */
  async function account(secret: string | undefined) {
    const put: string[] = []
    const server = await startServer((target, body) => {
      if (target === undefined && /StackName=SmokeballWebhooks(&|$)/.test(body)) return describeStacks
      if (target === undefined)
        return {
          status: 400,
          body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>',
        }
      if (target.endsWith('PutSecretValue')) {
        put.push((JSON.parse(body) as { SecretString: string }).SecretString)
        return { status: 200, body: '{}' }
      }
      return { status: 200, body: JSON.stringify({ SecretString: secret }) }
    })
    const env = { ...credentials, AWS_ENDPOINT_URL: server.url }
    return { put, env, [Symbol.asyncDispose]: server.stop }
  }
  const output = (name: string, value: string) =>
    `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`
  const describeStacks = {
    status: 200,
    body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>SmokeballWebhooks</StackName><CreationTime>2026-11-23T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${output('WebhookSecretId', arn)}${output('EventTypes', 'contact.created')}${output('CallbackUrl', 'https://x.example/smokeball')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  }

  it('client-id puts it beside the generated key, and shows no key', async () => {
    await using aws = await account('{"signingKey":"generated"}')
    const { code, stdout, stderr } = await run('infra/cli/client-id.ts', ['lou1'], aws.env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(aws.put.map((text) => JSON.parse(text))).toEqual([{ signingKey: 'generated', clientId: 'lou1' }])
    expect(stdout).toMatch(/^Put in\. .*within ten seconds/)
    expect(stdout).not.toContain('generated')
  })

  it('client-id writes nothing when it is there already', async () => {
    await using aws = await account('{"signingKey":"generated","clientId":"lou1"}')
    const { stdout } = await run('infra/cli/client-id.ts', ['lou1', '--secret-id', arn], aws.env)
    expect(stdout).toMatch(/already/)
    expect(aws.put).toEqual([])
  })

  it.each(['no JSON: generated', '{"other":1}', undefined])(
    'client-id leaves alone what is no such secret: %s',
    async (secret) => {
      await using aws = await account(secret)
      const { code, stderr } = await run('infra/cli/client-id.ts', ['lou1', '--secret-id', arn], aws.env)
      expect(code).toBe(1)
      expect(stderr).toMatch(/holds no JSON object with a signingKey/)
      expect(stderr).not.toContain('generated')
      expect(aws.put).toEqual([])
    },
  )

  it('client-id says how a stack is found that is not there', async () => {
    await using aws = await account(undefined)
    const { code, stderr } = await run('infra/cli/client-id.ts', ['lou1', '--stage', 'dev'], aws.env)
    expect(code).toBe(1)
    expect(stderr).toMatch(/There is no stack SmokeballWebhooks-dev .* npm run deploy/)
  })

  it('subscription writes the whole body into a pipe', async () => {
    await using aws = await account('{"signingKey":"generated","clientId":"lou1"}')
    const { stdout } = await run('infra/cli/subscription.ts', [], aws.env)
    expect(JSON.parse(stdout)).toEqual({
      key: 'generated',
      name: 'SmokeballWebhooks',
      eventTypes: ['contact.created'],
      eventNotificationUrl: 'https://x.example/smokeball',
    })
  })
})

it.each(['client-id', 'subscription', 'deploy'])('npm run %s helps', async (script) => {
  const { code, stdout } = await run(`infra/cli/${script}.ts`, ['--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(`^npm run (--silent )?${script}[^]*--stage STAGE`.replace('[^]', '[\\s\\S]')),
  )
})
