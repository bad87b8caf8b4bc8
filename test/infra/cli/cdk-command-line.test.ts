import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { cdkOptions } from '../../../infra/cli/commands/deploy/cdk-options.ts'
import { deployReport } from '../../../infra/cli/commands/deploy/deploy-report.ts'
import { outputsBefore } from '../../../infra/operate/stack-outputs.ts'
import { type CommandName, type Ended, startCommand } from './in-process.ts'
import { startServer } from './start-server.ts'

/** No network is in reach. */
const nowhere = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' }

/** Runs a command from nowhere: there is no AWS account either. */
function run(name: CommandName, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return startCommand(name, args, { env: { ...nowhere, ...env } }).ended
}

describe('npm run synth', () => {
  it('says how a stage is named, and shows no stack', async () => {
    const { code, stderr } = await run('cdk', ['synth', '--stage', 'My Stage'])
    expect(code).toBe(2)
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
    const { code, stderr } = await run('deploy', ['dev'], { npm_config_stage: 'true' })
    expect(code).toBe(2)
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
    [['dev', '--profile', 'a b'], 'npm run deploy -- --stage dev --profile "a b"'],
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
    const [name, ...args] = verb === 'deploy' ? (['deploy'] as const) : (['cdk', 'destroy'] as const)
    const { code, stderr } = await run(name, [...args, 'dev'], { AWS_REGION: 'ap-southeast-2' })
    expect(code).toBe(2)
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
})

describe('the region', () => {
  it.each<[CommandName, string[]]>([
    ['deploy', []],
    ['cdk', ['destroy', '--force']],
    ['webhooks', ['accounts', 'list']],
    ['send', ['noop', '--stage', 'dev']],
  ])('is to be said to %s', async (name, args) => {
    const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    const { code, stdout, stderr } = await run(name, args, credentials)
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

describe('credentials that are not there, or are taken no more', () => {
  const commands: [CommandName, string[]][] = [
    ['deploy', []],
    ['cdk', ['diff']],
    ['cdk', ['destroy', '--force']],
    ['webhooks', ['status']],
  ]

  it.each(commands)('are told by %s %j at once', async (name, args) => {
    const { code, stdout, stderr } = await run(name, args, { AWS_REGION: 'eu-west-1' })
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Cannot ask AWS for the stack SmokeballWebhooks: Could not load credentials from any providers. ' +
        'Log in (aws sso login), or name another profile: --profile NAME.\n',
    })
  })

  it('are told where no region is said, as the CDK takes one', async () => {
    expect((await run('cdk', ['diff'])).stderr).toMatch(/^Cannot ask AWS .* Could not load credentials/)
  })

  it.each([
    ['ExpiredToken', 'The security token included in the request is expired'],
    ['InvalidClientTokenId', 'The security token included in the request is invalid.'],
    ['SignatureDoesNotMatch', 'The request signature we calculated does not match'],
  ])('are told when AWS says %s', async (code, message) => {
    const server = await startServer(() => ({
      status: 403,
      body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    }))
    onTestFinished(server.stop)
    const env = {
      ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' },
      ...{ AWS_ENDPOINT_URL_CLOUDFORMATION: server.url, HTTPS_PROXY: '' },
    }
    for (const [name, args] of commands) {
      const ended = await run(name, args, env)
      expect([ended.code, ended.stdout]).toEqual([1, ''])
      expect(ended.stderr).toBe(
        `Cannot ask AWS for the stack SmokeballWebhooks: ${message.replace(/[^.]$/, '$&.')} Log in (aws sso login), or name another profile: --profile NAME.\n`,
      )
    }
  })

  it('are left to the CDK where it may have others, and where AWS is out of reach', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', 'http://127.0.0.1:9')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(outputsBefore('X', [])).rejects.toThrow(/Could not load credentials/)
    for (const args of [['--plugin', 'x'], ['--plugin=x'], ['--template', 'x.json']])
      expect(await outputsBefore('X', args)).toBeNull()
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
    expect(await outputsBefore('X', [])).toBeNull()
  })
})

describe('after a deployment', () => {
  const after = { CallbackUrl: 'https://x.example/smokeball', EventTypes: 'contact.* matter.updated' }

  it('the first step is to connect it', () => {
    const report = deployReport({ stage: 'dev', before: undefined, after, hasClientId: false })
    expect(report).toContain('https://x.example/smokeball')
    expect(report).toContain('contact.*, matter.updated')
    expect(report).toContain('npm run webhooks -- connect --stage dev')
  })

  it('tells what changed in the types that handlers want, and to see to the subscriptions', () => {
    const before = { ...after, EventTypes: 'matter.updated task.created' }
    const report = deployReport({ stage: 'prod', before, after, hasClientId: true })
    expect(report).toContain('(+ contact.*, - task.created)')
    expect(report).toContain('npm run webhooks -- subscriptions ensure')
  })

  it('a first deployment is followed by it, though nobody knows whether it was done', () => {
    const report = deployReport({ stage: 'prod', before: undefined, after, hasClientId: undefined })
    expect(report).toMatch(/npm run webhooks -- connect\n/)
  })

  it('goes on with the profile that was named', () => {
    const deployment = { stage: 'dev', profile: 'firm', after }
    expect(deployReport({ ...deployment, before: undefined, hasClientId: false })).toContain(
      'npm run webhooks -- connect --stage dev --profile firm\n',
    )
    const before = { ...after, EventTypes: '-' }
    expect(deployReport({ ...deployment, before, hasClientId: true })).toContain(
      'npm run webhooks -- subscriptions ensure --stage dev --profile firm\n',
    )
    expect(
      deployReport({ ...deployment, stage: 'prod', profile: 'a b', before, hasClientId: true }),
    ).toContain('npm run webhooks -- subscriptions ensure --profile "a b"\n')
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

it('npm run deploy helps', async () => {
  const { code, stdout } = await run('deploy', ['--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^npm run deploy [\s\S]*--stage STAGE/)
})
