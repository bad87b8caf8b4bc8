import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { projectRoot } from '../../infra/bundle.ts'
import { cdkOptions } from '../../infra/cli/cdk-options.ts'
import { deployReport } from '../../infra/cli/deploy-report.ts'
import { subscribedTypes } from '../../infra/cli/subscribed-types.ts'
import { projectCopy } from '../deploy/project-copy.ts'
import { startServer } from './start-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An environment with no AWS account and no network in reach. */
const nowhere = {
  PATH: [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  HOME: folder,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
}

/** Runs a script as npm would, from nowhere. */
async function run(
  script: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: projectRoot, env: { ...nowhere, ...env } }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [script, ...args], options)) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

describe('npm run synth', () => {
  it('writes a template without an account and without network', async () => {
    // In a clone that its user made their own, settings and handlers may need both.
    const project = await projectCopy(nowhere)
    onTestFinished(project.remove)
    await project.replace('infra/handlers.ts', new URL('example-settings.ts', import.meta.url))
    await project.replace('functions/handlers/index.ts', new URL('example-handlers.ts', import.meta.url))
    const out = await project.run('infra/cli/cdk.ts', 'synth', '--stage', 'dev', '--quiet')
    expect(out).not.toMatch(/error|warn/i)
    const template = readFileSync(join(project.folder, 'cdk.out/SmokeballWebhooks-dev.template.json'), 'utf8')
    expect(JSON.parse(template)).toHaveProperty('Outputs.CallbackUrl')
    expect(template).not.toContain(project.folder)
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

describe('a word that is no flag and no value', () => {
  it.each<[string[], string]>([
    [['dev'], 'npm run deploy -- --stage dev'],
    [['SmokeballWebhooks-dev'], 'npm run deploy -- --stage dev'],
    [['SmokeballWebhooks'], 'npm run deploy -- --stage prod'],
    [['stage=dev'], 'npm run deploy -- --stage dev'],
    [['My Stack'], 'npm run deploy -- --stage dev'],
    [['dev', '--profile', 'a b'], "npm run deploy -- --stage dev --profile 'a b'"],
    [['--force', 'dev'], 'npm run deploy -- --stage dev --force'],
    [['--progress=events', 'dev'], 'npm run deploy -- --stage dev --progress=events'],
    [['--stage', 'dev', 'other'], 'Leave it out: npm run deploy -- --stage dev'],
    [['--', 'dev'], 'npm run deploy -- --stage dev'],
    [['--new-flag', 'value'], '--new-flag=value'],
  ])('%j is refused, since the CDK would take prod beside it', (args, corrected) => {
    expect(() => cdkOptions('deploy', args)).toThrow(corrected)
  })

  it('a value is none', () => {
    const args = ['--require-approval', 'never', '-o', 'out', '--rollback', 'false', '--parameters', 'A=b']
    expect(cdkOptions('deploy', args)?.args.slice(4)).toEqual(args)
  })

  it.each(['deploy', 'destroy'])('stops npm run %s', async (verb) => {
    const script = verb === 'deploy' ? ['infra/cli/deploy.ts'] : ['infra/cli/cdk.ts', 'destroy']
    const [file = '', ...args] = script
    const { code, stderr } = await run(file, [...args, 'dev'], { AWS_REGION: 'ap-southeast-2' })
    expect(code).toBe(1)
    expect(stderr).toContain(`npm run ${verb} -- --stage dev`)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('flags of the CDK that npm took for itself', () => {
  it.each<[Record<string, string>, string[], string]>([
    [{ npm_config_require_approval: 'true' }, ['never'], '-- --require-approval never'],
    [{ npm_config_force: 'true' }, [], '-- --force'],
    [{ npm_config_call: 'stage=dev' }, [], '-- --context stage=dev'],
    [{ npm_config_context: 'true' }, ['stage=dev'], '-- --context stage=dev'],
    [{ npm_config_execute: '' }, [], '-- --no-execute'],
    [{ npm_config_rollback: '' }, [], '-- --no-rollback'],
    [
      { npm_config_require_approval: 'true', npm_config_stage: 'true' },
      ['never', 'dev'],
      '-- --require-approval never --stage dev',
    ],
  ])('%j %j', (env, args, corrected) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(() => cdkOptions('deploy', args)).toThrow(`npm run deploy ${corrected}`)
  })

  it('are not those of another command that runs npm', () => {
    vi.stubEnv('npm_config_call', 'npm run deploy -- --stage=dev')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(cdkOptions('deploy', ['--stage', 'dev'])?.stage).toBe('dev')
  })
})

describe('the stage', () => {
  it.each([
    [['-c', 'stage=dev']],
    [['--context', 'stage=dev']],
    [['--context=stage=dev']],
    [['-cstage=dev']],
    [['-c=stage=dev', '--stage', 'dev']],
  ])('%j is --stage dev', (args) => {
    const options = cdkOptions('destroy', [...args, '--context', 'other=1'])
    expect(options).toMatchObject({ stage: 'dev', stackName: 'SmokeballWebhooks-dev' })
    expect(options?.args).toEqual([
      ...['destroy', 'SmokeballWebhooks-dev', '--context', 'stage=dev', '--context', 'other=1'],
    ])
  })

  it('is one', () => {
    expect(() => cdkOptions('deploy', ['--stage', 'dev', '-c', 'stage=prod'])).toThrow(/both dev and prod/)
    expect(() => cdkOptions('deploy', ['-c', 'stage='])).toThrow(/--stage needs a value/)
  })

  it('is not `local`, and what names one is --stage', () => {
    expect(() => cdkOptions('deploy', ['--stage', 'local'])).toThrow(
      /what npm start calls itself.*--stage dev/,
    )
    expect(() => cdkOptions('deploy', ['--stage', 'My'])).toThrow(/such as --stage dev\.$/)
  })

  it.each([
    ['client-id', ['lou1']],
    ['subscription', []],
  ])('is told to %s without a stack', async (script, args) => {
    const { code, stderr } = await run(`infra/cli/${script}.ts`, [...args, '--stage', 'local'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^'local' cannot be a stage/)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('the region', () => {
  it.each<[string, string[]]>([
    ['infra/cli/deploy.ts', []],
    ['infra/cli/cdk.ts', ['destroy', '--force']],
    ['infra/cli/client-id.ts', ['lou1']],
    ['infra/cli/subscription.ts', []],
  ])('is to be said to %s', async (script, args) => {
    const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    const { code, stdout, stderr } = await run(script, args, credentials)
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Say which region: export AWS_REGION=ap-southeast-2, or set it in the AWS profile.\n',
    })
  })

  it('is not said to the CDK alone', () => {
    expect(() => cdkOptions('deploy', ['--region', 'eu-west-1'])).toThrow(/export AWS_REGION=eu-west-1/)
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

  it('a first deployment is followed by the client id, though nobody knows whether it is there', () => {
    const report = deployReport({ stage: 'prod', before: undefined, after, hasClientId: undefined })
    expect(report).toMatch(/npm run client-id -- CLIENT_ID\n/)
  })

  it('goes on with the profile that was named', () => {
    const deployment = { stage: 'dev', profile: 'firm', after }
    expect(deployReport({ ...deployment, before: undefined, hasClientId: false })).toContain(
      'npm run client-id -- CLIENT_ID --stage dev --profile firm\n',
    )
    const before = { ...after, EventTypes: '-' }
    expect(deployReport({ ...deployment, before, hasClientId: true })).toContain(
      'npm run --silent subscription -- --stage dev --profile firm\n',
    )
    expect(
      deployReport({ ...deployment, stage: 'prod', profile: 'a b', before, hasClientId: true }),
    ).toContain("npm run --silent subscription -- --profile 'a b'\n")
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

it('a subscription tells of patterns that stand for nothing', () => {
  const told: string[] = []
  const types = subscribedTypes(['bogus.*', 'contact.*', '-'], ['contact.created'], (it) => told.push(it))
  expect({ types, told }).toEqual({ types: ['contact.created'], told: ['bogus.*'] })
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

  interface Account {
    /** What the stack's handlers ask for. @default contact.created */
    types?: string
    /** Actions that are refused. */
    denied?: string[]
    /** What others put into the secret after it was read, in turn. */
    rotations?: string[]
  }

  /** The two services, with one stack and one secret. */
  async function account(
    secret: string | undefined,
    { types = 'contact.created', denied = [], rotations = [] }: Account = {},
  ) {
    const versions = [secret]
    const put: string[] = []
    let current = 0
    const api: Record<string, (input: Record<string, string>) => object> = {
      GetSecretValue() {
        const read = { SecretString: versions[current], VersionId: String(current) }
        const [rotated] = rotations.splice(0, 1)
        if (rotated !== undefined) current = versions.push(rotated) - 1
        return read
      },
      PutSecretValue({ SecretString = '', VersionStages }) {
        put.push(SecretString)
        const version = versions.push(SecretString) - 1
        if (!VersionStages) current = version
        return { VersionId: String(version) }
      },
      UpdateSecretVersionStage({ MoveToVersionId, RemoveFromVersionId }) {
        if (RemoveFromVersionId !== String(current)) return { __type: 'InvalidParameterException' }
        current = Number(MoveToVersionId)
        return {}
      },
    }
    const server = await startServer((target, body) => {
      if (denied.includes(target?.split('.')[1] ?? 'DescribeStacks'))
        return target === undefined ? deniedStack : { status: 400, body: JSON.stringify(accessDenied) }
      if (target === undefined && /StackName=SmokeballWebhooks(&|$)/.test(body)) return describeStacks(types)
      if (target === undefined)
        return {
          status: 400,
          body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>',
        }
      const answer = api[target.split('.')[1] ?? '']?.(JSON.parse(body) as Record<string, string>) ?? {}
      return { status: '__type' in answer ? 400 : 200, body: JSON.stringify(answer) }
    })
    const env = { ...credentials, AWS_ENDPOINT_URL: server.url }
    return {
      put,
      env,
      url: server.url,
      current: () => JSON.parse(versions[current] ?? '') as unknown,
      [Symbol.asyncDispose]: server.stop,
    }
  }
  const accessDenied = { __type: 'AccessDeniedException', Message: 'User x is not authorized to do it' }
  const deniedStack = {
    status: 403,
    body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>User x is not authorized to do it</Message></Error></ErrorResponse>',
  }
  const output = (name: string, value: string) =>
    `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`
  const describeStacks = (types: string) => ({
    status: 200,
    body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>SmokeballWebhooks</StackName><CreationTime>2026-11-23T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${output('WebhookSecretId', arn)}${output('EventTypes', types)}${output('CallbackUrl', 'https://x.example/smokeball')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  })

  it('client-id puts it beside the generated key, and shows no key', async () => {
    await using aws = await account('{"signingKey":"generated"}')
    const { code, stdout, stderr } = await run('infra/cli/client-id.ts', ['lou1'], aws.env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(aws.put.map((text) => JSON.parse(text))).toEqual([{ signingKey: 'generated', clientId: 'lou1' }])
    expect(aws.current()).toEqual({ signingKey: 'generated', clientId: 'lou1' })
    expect(stdout).toMatch(/^Put in\. .*within ten seconds/)
    expect(stdout).not.toContain('generated')
  })

  it('client-id writes nothing when it is there already', async () => {
    await using aws = await account('{"signingKey":"generated","clientId":"lou1"}')
    const { stdout } = await run('infra/cli/client-id.ts', ['lou1', '--secret-id', arn], aws.env)
    expect(stdout).toMatch(/already/)
    expect(aws.put).toEqual([])
  })

  it('client-id keeps a key that was put in meanwhile', async () => {
    await using aws = await account('{"signingKey":"old"}', { rotations: ['{"signingKey":"new"}'] })
    const { code, stderr } = await run('infra/cli/client-id.ts', ['lou1'], aws.env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(aws.current()).toEqual({ signingKey: 'new', clientId: 'lou1' })
  })

  it('client-id gives up when the secret does not come to rest', async () => {
    const rotations = ['{"signingKey":"2"}', '{"signingKey":"3"}', '{"signingKey":"4"}']
    await using aws = await account('{"signingKey":"1"}', { rotations })
    const { code, stderr } = await run('infra/cli/client-id.ts', ['lou1'], aws.env)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Others changed .* 3 times meanwhile.* run this again\.\n$/)
    expect(aws.current()).toEqual({ signingKey: '4' })
  })

  it.each(['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage', 'DescribeStacks'])(
    'client-id says what to do when %s is denied, and changes nothing',
    async (action) => {
      await using aws = await account('{"signingKey":"generated"}', { denied: [action] })
      const { code, stderr } = await run('infra/cli/client-id.ts', ['lou1'], aws.env)
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^Cannot (read|write|ask) .*: User x is not authorized to do it\. Get that permission, or .*--profile NAME\.\n$/,
      )
      expect(aws.current()).toEqual({ signingKey: 'generated' })
    },
  )

  it('client-id and subscription take a profile', async () => {
    await using aws = await account('{"signingKey":"generated","clientId":"lou1"}')
    const config = join(folder, 'config')
    writeFileSync(
      config,
      `[profile firm]\nregion = eu-west-1\naws_access_key_id = a\naws_secret_access_key = b\nendpoint_url = ${aws.url}\n`,
    )
    const env = { AWS_CONFIG_FILE: config, HTTPS_PROXY: '', HTTP_PROXY: '' }
    const put = await run('infra/cli/client-id.ts', ['lou1', '--profile', 'firm'], env)
    expect(put).toMatchObject({ code: 0, stdout: expect.stringMatching(/already/) })
    const body = await run('infra/cli/subscription.ts', ['--profile', 'firm'], env)
    expect(body).toMatchObject({ code: 0, stdout: expect.stringMatching(/"key":"generated"/) })
  })

  it('the region of AWS_DEFAULT_REGION is one', async () => {
    await using aws = await account('{"signingKey":"generated"}')
    const env = { ...aws.env, AWS_REGION: '', AWS_DEFAULT_REGION: 'ap-southeast-2' }
    expect(await run('infra/cli/client-id.ts', ['lou1'], env)).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(['no JSON: generated', '{"other":1}', '{"signingKey":""}', undefined])(
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

  it.each(['generated, but no JSON', '{"clientId":"generated"}', '{"signingKey":5}', undefined])(
    'subscription writes no body without a key: %s',
    async (secret) => {
      await using aws = await account(secret)
      const { code, stdout, stderr } = await run('infra/cli/subscription.ts', [], aws.env)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/holds no JSON object with a signingKey.*Restore what was there/)
      expect(stderr).not.toMatch(/generated|\n\s+at /)
    },
  )

  it('subscription says what to do when the secret may not be read', async () => {
    await using aws = await account('{}', { denied: ['GetSecretValue'] })
    const { code, stderr } = await run('infra/cli/subscription.ts', [], aws.env)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Cannot read the secret arn:.*not authorized to do it\. Get that permission.*\n$/)
  })

  it.each(['-', 'bogus.*'])('subscription writes no body without types: %s', async (types) => {
    await using aws = await account('{"signingKey":"generated"}', { types })
    const { code, stdout, stderr } = await run('infra/cli/subscription.ts', [], aws.env)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/ask for no event type.*add a handler.*npm run deploy/)
  })

  it('subscription tells of a pattern that it leaves out', async () => {
    await using aws = await account('{"signingKey":"generated"}', { types: 'bogus.* contact.created' })
    const { code, stdout, stderr } = await run('infra/cli/subscription.ts', [], aws.env)
    expect({ code, eventTypes: JSON.parse(stdout).eventTypes }).toEqual({
      code: 0,
      eventTypes: ['contact.created'],
    })
    expect(stderr).toMatch(/^'bogus\.\*' stands for no type/)
  })
})

it.each(['client-id', 'subscription', 'deploy'])('npm run %s helps', async (script) => {
  const { code, stdout } = await run(`infra/cli/${script}.ts`, ['--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(`^npm run (--silent )?${script}[^]*--stage STAGE`.replace('[^]', '[\\s\\S]')),
  )
})
