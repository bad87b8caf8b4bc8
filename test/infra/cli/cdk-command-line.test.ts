import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type CdkOptions, cdkCommand } from '../../../infra/cli/commands/deploy/cdk.ts'
import { deployReport } from '../../../infra/cli/commands/deploy/report.ts'
import { outputsBefore } from '../../../infra/operate/stack-outputs.ts'
import { type CommandName, type Ended, startCommand } from './in-process.ts'
import { startServer } from './start-server.ts'

/** No network is in reach. */
const nowhere = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' }

/** Runs a command from nowhere: there is no AWS account either. */
function run(name: CommandName, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return startCommand(name, args, { env: { ...nowhere, ...env } }).ended
}

/** What a command for the CDK is run with. */
async function cdkOptions(verb: 'deploy' | 'diff' | 'destroy', args: string[]): Promise<CdkOptions> {
  let given: CdkOptions | undefined
  const command = cdkCommand(verb, '', [], async (options) => {
    given = options
  })
  await command.parseAsync(args, { from: 'user' })
  if (!given) throw new Error('The command did not run')
  return given
}

describe('synth', () => {
  it('says how a stage is named, and shows no stack', async () => {
    const { code, stderr } = await run('cdk', ['synth', '--stage', 'My Stage'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/'My Stage' cannot be a stage/)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('the options of deploy, diff, synth and destroy', () => {
  it('are the stage and the profile; the rest is the CDK’s', async () => {
    const given = ['--stage', 'dev', '--verbose', '--profile=firm', '--hotswap']
    expect(await cdkOptions('deploy', given)).toEqual({
      ...{ stage: 'dev', isNamed: true, stackName: 'SmokeballWebhooks-dev', profile: 'firm', yes: false },
      args: [
        ...['deploy', 'SmokeballWebhooks-dev', '--context', 'stage=dev', '--profile', 'firm'],
        ...['--verbose', '--hotswap'],
      ],
    })
    expect(await cdkOptions('diff', [])).toMatchObject({
      isNamed: false,
      args: ['diff', 'SmokeballWebhooks', '--context', 'stage=prod'],
    })
  })

  it.each([[['--stage']], [['--stage', '--verbose']], [['--stage=']]])('%j lacks a value', async (args) => {
    await expect(cdkOptions('deploy', args)).rejects.toThrow(
      /--stage needs a value|'--stage <stage>' argument missing/,
    )
  })

  it('npm run deploy --stage dev, without the two dashes, deploys nothing', async () => {
    const env = { npm_lifecycle_event: 'deploy', npm_config_stage: 'true' }
    const { code, stderr } = await run('deploy', ['dev'], env)
    expect(code).toBe(2)
    expect(stderr).toBe(
      'npm took --stage for itself. Type your options after npx smokeball-webhooks deploy, or after `--`.\n',
    )
  })
})

describe('a word that is no flag and no value', () => {
  it.each<[string[], string]>([
    [['dev'], 'npx smokeball-webhooks deploy --stage dev'],
    [['SmokeballWebhooks-dev'], 'npx smokeball-webhooks deploy --stage dev'],
    [['SmokeballWebhooks'], 'npx smokeball-webhooks deploy --stage prod'],
    [['stage=dev'], 'npx smokeball-webhooks deploy --stage dev'],
    [['My Stack'], 'npx smokeball-webhooks deploy --stage dev'],
    [['dev', '--profile', 'a b'], 'npx smokeball-webhooks deploy --stage dev --profile "a b"'],
    [['--force', 'dev'], 'npx smokeball-webhooks deploy --stage dev --force'],
    [['--progress=events', 'dev'], 'npx smokeball-webhooks deploy --stage dev --progress=events'],
    [['--stage', 'dev', 'other'], 'Leave it out: npx smokeball-webhooks deploy --stage dev'],
    [['--', 'dev'], 'npx smokeball-webhooks deploy --stage dev'],
    [['--new-flag', 'value'], '--new-flag=value'],
  ])('%j is refused, since the CDK would take prod beside it', async (args, corrected) => {
    await expect(cdkOptions('deploy', args)).rejects.toThrow(corrected)
  })

  it('a value is none', async () => {
    const args = ['--require-approval', 'never', '-o', 'out', '--rollback', 'false', '--parameters', 'A=b']
    expect((await cdkOptions('deploy', args)).args.slice(4)).toEqual(args)
  })

  it.each(['deploy', 'destroy'])('stops %s', async (verb) => {
    const [name, ...args] = verb === 'deploy' ? (['deploy'] as const) : (['cdk', 'destroy'] as const)
    const { code, stderr } = await run(name, [...args, 'dev'], { AWS_REGION: 'ap-southeast-2' })
    expect(code).toBe(2)
    expect(stderr).toContain(`npx smokeball-webhooks ${verb} --stage dev`)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('flags of the CDK that npm took for itself', () => {
  it.each<[Record<string, string>, string[], string]>([
    [{ npm_config_require_approval: 'true' }, ['never'], '--require-approval'],
    [{ npm_config_force: 'true' }, [], '--force'],
    [{ npm_config_hotswap: 'true' }, [], '--hotswap'],
    [{ npm_config_call: 'stage=dev' }, [], '--context'],
    [{ npm_config_context: 'true' }, ['stage=dev'], '--context'],
    [{ npm_config_execute: '' }, [], '--no-execute'],
    [{ npm_config_rollback: '' }, [], '--no-rollback'],
    [
      { npm_config_require_approval: 'true', npm_config_stage: 'true' },
      ['never', 'dev'],
      '--stage and --require-approval',
    ],
  ])('%j %j', async (env, args, taken) => {
    const { code, stdout, stderr } = await run('deploy', args, { npm_lifecycle_event: 'deploy', ...env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(new RegExp(`^npm took ${taken} for itself\\. `))
  })

  it.each<[Record<string, string>, string[]]>([
    [{ npm_lifecycle_event: 'deploy', npm_config_call: 'npm run deploy -- --stage=dev' }, ['--stage', 'dev']],
    [{ npm_lifecycle_event: 'release', npm_config_stage: 'dev' }, ['--stage=dev']],
    [{ npm_lifecycle_event: 'npx', npm_config_stage: 'dev' }, []],
  ])('are not those of another command that runs npm: %j %j', async (env, args) => {
    const { stderr } = await run('deploy', args, { ...env, AWS_REGION: 'eu-west-1' })
    expect(stderr).toMatch(/^Cannot ask AWS for the stack/)
  })
})

describe('the stage', () => {
  it.each([
    [['-c', 'stage=dev']],
    [['--context', 'stage=dev']],
    [['--context=stage=dev']],
    [['-cstage=dev']],
    [['-c=stage=dev', '--stage', 'dev']],
  ])('%j is --stage dev', async (args) => {
    const options = await cdkOptions('destroy', [...args, '--context', 'other=1'])
    expect(options).toMatchObject({ stage: 'dev', stackName: 'SmokeballWebhooks-dev' })
    expect(options.args).toEqual([
      ...['destroy', 'SmokeballWebhooks-dev', '--context', 'stage=dev', '--context', 'other=1'],
    ])
  })

  it('is one', async () => {
    await expect(cdkOptions('deploy', ['--stage', 'dev', '-c', 'stage=prod'])).rejects.toThrow(
      /both dev and prod/,
    )
    await expect(cdkOptions('deploy', ['-c', 'stage='])).rejects.toThrow(/--stage needs a value/)
  })

  it('is not `local`, and what names one is --stage', async () => {
    await expect(cdkOptions('deploy', ['--stage', 'local'])).rejects.toThrow(
      /what npm start calls itself.*--stage dev/,
    )
    await expect(cdkOptions('deploy', ['--stage', 'My'])).rejects.toThrow(/such as --stage dev\.$/)
  })
})

describe('the region', () => {
  it.each<[CommandName, string[]]>([
    ['deploy', []],
    ['cdk', ['destroy', '--stage', 'prod', '--yes']],
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

  it('is not said to the CDK alone', async () => {
    await expect(cdkOptions('deploy', ['--region', 'eu-west-1'])).rejects.toThrow(
      /export AWS_REGION=eu-west-1/,
    )
  })
})

describe('credentials that are not there, or are taken no more', () => {
  const commands: [CommandName, string[]][] = [
    ['deploy', []],
    ['cdk', ['diff']],
    ['cdk', ['destroy', '--stage', 'prod', '--yes']],
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

describe('a deployment of a stack of which AWS tells nothing', () => {
  it('is told before it begins what may be lost', { timeout: 30_000 }, async () => {
    const server = await startServer(() => ({
      status: 403,
      body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
    }))
    onTestFinished(server.stop)
    // The CDK has no app, and ends at once.
    const { code, stderr } = await run('deploy', ['--app', 'false'], {
      ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' },
      ...{ AWS_ENDPOINT_URL: server.url, HTTPS_PROXY: '', HTTP_PROXY: '' },
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^! what is deployed: AWS did not tell which domain and which key the stack has/)
    expect(stderr).toMatch(/\n {4}Get the permission cloudformation:DescribeStacks/)
  })
})

describe('after a deployment', () => {
  const after = { CallbackUrl: 'https://x.example/smokeball', EventTypes: 'contact.* matter.updated' }

  it('the first step is to connect it', () => {
    const report = deployReport({ stage: 'dev', before: undefined, after, hasClientId: false })
    expect(report).toContain('https://x.example/smokeball')
    expect(report).toContain('contact.*, matter.updated')
    expect(report).toContain('npx smokeball-webhooks connect --stage dev')
  })

  it('tells what changed in the types that handlers want, and to see to the subscriptions', () => {
    const before = { ...after, EventTypes: 'matter.updated task.created' }
    const report = deployReport({ stage: 'prod', before, after, hasClientId: true })
    expect(report).toContain('(+ contact.*, - task.created)')
    expect(report).toContain('npx smokeball-webhooks subscriptions ensure --stage prod\n')
  })

  it('a first deployment is followed by it, though nobody knows whether it was done', () => {
    const report = deployReport({ stage: 'prod', before: undefined, after, hasClientId: undefined })
    expect(report).toMatch(/npx smokeball-webhooks connect --stage prod\n/)
  })

  it('goes on with the profile that was named', () => {
    const deployment = { stage: 'dev', profile: 'firm', after }
    expect(deployReport({ ...deployment, before: undefined, hasClientId: false })).toContain(
      'npx smokeball-webhooks connect --stage dev --profile firm\n',
    )
    const before = { ...after, EventTypes: '-' }
    expect(deployReport({ ...deployment, before, hasClientId: true })).toContain(
      'npx smokeball-webhooks subscriptions ensure --stage dev --profile firm\n',
    )
    expect(
      deployReport({ ...deployment, stage: 'prod', profile: 'a b', before, hasClientId: true }),
    ).toContain('npx smokeball-webhooks subscriptions ensure --stage prod --profile "a b"\n')
  })

  it('has nothing to do when nothing changed', () => {
    const report = deployReport({ stage: 'prod', before: after, after, hasClientId: true })
    expect(report).toMatch(/as before/)
    expect(report).toMatch(/Done\.\n$/)
  })

  it('ends with what was looked at and asks for something, and with nothing else', () => {
    const findings = [
      { check: 'concurrency', isRight: true, said: 'the account runs 1000 Lambda invocations at once' },
      { check: 'handling', isRight: false, said: 'handling is paused', fix: 'Resume it: X' },
      { check: 'alarms', isRight: true, said: 'nobody is told of alarms', fix: 'Say who: Y' },
    ]
    const report = deployReport({ stage: 'prod', before: after, after, hasClientId: true, findings })
    expect(report).toMatch(
      /Done\.\n\n! handling: handling is paused\.\n {4}Resume it: X\n\n! alarms: nobody is told of alarms\.\n {4}Say who: Y\n$/,
    )
    expect(report).not.toContain('concurrency')
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

describe('destroy', () => {
  it.each([[[]], [['--yes']], [['--stage', 'dev']], [['--stage', 'dev', '--force']]])(
    '%j removes nothing where nobody can be asked',
    async (args) => {
      const { code, stdout, stderr } = await run('cdk', ['destroy', ...args], { AWS_REGION: 'eu-west-1' })
      const stage = args.includes('dev') ? 'dev' : 'prod'
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toBe(
        `Say which stage is to be removed, and that it is meant: npx smokeball-webhooks destroy --stage ${stage} --yes\n`,
      )
    },
  )

  it('asks on a terminal for the name of the stage, and takes no other', async () => {
    const asked = 'Type the name of its stage to go on'
    const { code, stderr } = await startCommand('cdk', ['destroy', '--stage', 'dev'], {
      env: { ...nowhere, AWS_REGION: 'eu-west-1' },
      columns: 120,
      answers: [
        [asked, 'prod\r'],
        ['The stage is dev.', '\u007f\u007f\u007f\u007fdev\r'],
      ],
    }).ended
    expect(stderr).toContain('This removes the stack SmokeballWebhooks-dev.')
    expect([code, stderr]).toEqual([1, expect.stringContaining('Cannot ask AWS for the stack')])
  })
})

it.each(['deploy', 'diff', 'synth', 'destroy'])('%s helps', async (verb) => {
  const { code, stdout } = await run('cdk', [verb, '--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`^Usage: npx smokeball-webhooks ${verb} [\\s\\S]*--stage <stage>`))
})
