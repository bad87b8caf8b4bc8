import { describe, expect, it } from 'vitest'
import { runWebhooks } from './run-webhooks.ts'

const commands = [
  ...['status', 'pause', 'resume'],
  ...['connect', 'doctor', 'types', 'secret set', 'accounts add', 'accounts list', 'accounts remove'],
  ...['list', 'tail', 'show', 'resource', 'pull'].map((each) => `events ${each}`),
  ...['list', 'ensure', 'create', 'update', 'delete'].map((each) => `subscriptions ${each}`),
]

describe('npm run webhooks', () => {
  it.each(commands)('%s helps, with examples', async (command) => {
    const { code, stdout, stderr } = await runWebhooks([...command.split(' '), '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^Usage: npm run webhooks -- ${command} `))
    expect(stdout).toMatch(/--stage <stage>[\s\S]*--stack[\s\S]*--profile[\s\S]*--local[\s\S]*--json/)
    expect(stdout).toContain(`Examples:\n  npm run webhooks -- ${command}`)
  })

  it('lists its commands', async () => {
    const { code, stdout } = await runWebhooks(['--help'])
    expect(code).toBe(0)
    for (const name of ['connect', 'doctor', 'types', 'secret', 'accounts', 'subscriptions', 'events'])
      expect(stdout).toMatch(new RegExp(`\\n {2}${name} `))
  })

  it.each([
    [[], /Say which of these commands/],
    [['accounts'], /Say which of these commands/],
    [['conect'], /^Unknown command 'conect'\. Did you mean connect\? See npm run webhooks -- --help\n$/],
    [['subscriptions', 'ensur'], /Did you mean ensure\? See npm run webhooks -- subscriptions --help\n$/],
    [
      ['connect', '--loca'],
      /^Unknown option '--loca'\. Did you mean --local\? See npm run webhooks -- connect --help\n$/,
    ],
    [['accounts', 'remove'], /^Missing required argument 'account'\./],
    [['accounts', 'list', 'x'], /^Too many arguments for 'list'\. Expected 0 arguments but got 1\./],
    [
      ['events', '--local'],
      /^Options follow a command.* There are list, tail, show, resource, pull, such as: .* events list --local\n$/,
    ],
    [['--stage', 'dev', 'events', 'list'], /^Options follow a command.*: npm run webhooks -- events list\n$/],
    [['types', '--account'], /^Option '--account <id>' argument missing\./],
    [['connect', '--region', 'nz'], /'nz' is invalid\. Allowed choices are us, au, uk\./],
    [
      ['types', '--local', '--stage', 'dev'],
      /^Option '--local' cannot be used with option '--stage <stage>'\./,
    ],
    [['types', '--stack', 'X', '--stage', 'dev'], /cannot be used with/],
    [['some-Secret_that.is/pasted+here=='], /^Unknown command\. See npm run webhooks -- --help\n$/],
  ])('%j was not understood', async (args, said) => {
    const { code, stdout, stderr } = await runWebhooks(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it.each<[string[], Record<string, string>, string]>([
    [['connect'], { local: 'true' }, 'connect --local'],
    [['connect', 'dev'], { stage: 'true' }, 'connect --stage dev'],
    [['types'], { json: 'true' }, 'types --json'],
    [['accounts', 'list', 'dev'], { stage: 'true' }, 'accounts list --stage dev'],
    [['subscriptions', 'ensure'], { account: 'firm' }, 'subscriptions ensure --account firm'],
    [['subscriptions', 'ensure', 'a b'], { name: 'true' }, 'subscriptions ensure --name "a b"'],
    [
      ['subscriptions', 'ensure', 'https://x.example', 'matter.updated'],
      { url: 'true', types: 'true', remove_duplicates: 'true' },
      'subscriptions ensure --types matter.updated --url https://x.example --remove-duplicates',
    ],
    [
      ['events', 'list', '2h', 'failed'],
      { since: 'true', outcome: 'true' },
      'events list --outcome failed --since 2h',
    ],
    [
      ['events', 'pull', 'mhikn8rn-d79d4bee'],
      { redact: 'true', run: '' },
      'events pull mhikn8rn-d79d4bee --redact --no-run',
    ],
    [
      ['dlq', 'drop', 'mhikn8rn-d79d4bee', 'the client left'],
      { reason: 'true' },
      'dlq drop mhikn8rn-d79d4bee --reason "the client left"',
    ],
    [
      ['replay', 'mhikn8rn-d79d4bee', 'r-mhikn8rn-d79d', '20'],
      { id: 'true', rate: 'true', all: 'true' },
      'replay mhikn8rn-d79d4bee --all --rate 20 --id r-mhikn8rn-d79d',
    ],
    [['accounts', 'add', 'firm', 's3cret'], { refresh_token: 'true' }, 'accounts add firm --refresh-token'],
    [['accounts', 'add', 'firm'], { refresh_token: 's3cret' }, 'accounts add firm --refresh-token'],
  ])('%j with %j of npm is told with the two dashes', async (args, swallowed, corrected) => {
    const env = Object.fromEntries(
      Object.entries(swallowed).map(([name, value]) => [`npm_config_${name}`, value]),
    )
    const { code, stdout, stderr } = await runWebhooks(args, { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^(If --local was among the flags, add it again\. )?npm took --/)
    expect(stderr.trimEnd().endsWith(`: npm run webhooks -- ${corrected}`), stderr).toBe(true)
    expect(stderr).not.toContain('s3cret')
  })

  it('takes the two dashes that pnpm hands on', async () => {
    expect((await runWebhooks(['--', 'types', '--help'])).code).toBe(0)
  })

  it.each([
    [['--stage', 'local'], {}, /^'local' cannot be a stage/],
    [[], { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, /^Say which region: export AWS_REGION=/],
    [['--local'], {}, /^No local run was found\. Start one with: npm start\n$/],
  ])('accounts list %j says what is wrong, without a stack', async (args, env, said) => {
    const { code, stdout, stderr } = await runWebhooks(['accounts', 'list', ...args], {
      env: env as Record<string, string>,
    })
    expect([code, stdout]).toEqual([args.join() === '--stage,local' ? 2 : 1, ''])
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('types lists what is known where there is nobody to ask, and only where none is named', async () => {
    const { code, stdout, stderr } = await runWebhooks(['types', '--json'])
    expect([code, JSON.parse(stdout).length > 50]).toEqual([0, true])
    expect(JSON.parse(stdout)).toContainEqual({ type: 'task.completed', isDocumented: false })
    expect(JSON.parse(stdout)).toContainEqual({ type: 'task.created', isDocumented: true })
    expect(stderr).toMatch(/are known\. Say which region: /)
    expect(await runWebhooks(['types', '--local'])).toMatchObject({ code: 1, stdout: '' })
  })
})
