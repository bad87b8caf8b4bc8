import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { programWith } from '../../../infra/cli/program.ts'
import { runWebhooks } from './run-webhooks.ts'

const commands = [
  ...['status', 'pause', 'resume'],
  ...['connect', 'doctor', 'types', 'secret set', 'accounts add', 'accounts list', 'accounts remove'],
  ...['list', 'tail', 'show', 'resource', 'pull'].map((each) => `events ${each}`),
  ...['list', 'ensure', 'create', 'update', 'delete'].map((each) => `subscriptions ${each}`),
]

describe('npx smokeball-webhooks', () => {
  it.each(commands)('%s helps, with examples', async (command) => {
    const { code, stdout, stderr } = await runWebhooks([...command.split(' '), '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^Usage: npx smokeball-webhooks ${command} `))
    expect(stdout).toMatch(/--stage <stage>[\s\S]*--stack[\s\S]*--profile[\s\S]*--local[\s\S]*--json/)
    expect(stdout).toContain(`Examples:\n  npx smokeball-webhooks ${command}`)
  })

  it('lists its commands', async () => {
    const { code, stdout } = await runWebhooks(['--help'])
    expect(code).toBe(0)
    for (const name of ['connect', 'doctor', 'types', 'secret', 'accounts', 'subscriptions', 'events'])
      expect(stdout).toMatch(new RegExp(`\\n {2}${name} `))
  })

  it('ends quietly when nobody reads what it writes', async () => {
    const child = spawn(process.execPath, ['infra/cli/smokeball-webhooks.mjs', 'catch-up', '--help'])
    child.stdout.destroy()
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([code, stderr]).toEqual([141, ''])
  })

  it.each([
    [['help'], ''],
    [['help', 'dlq'], 'dlq '],
    [['help', 'dlq', 'redrive'], 'dlq redrive '],
  ])('%j helps, as --help does', async (words, path) => {
    const helped = await runWebhooks(words)
    expect(helped).toEqual(await runWebhooks([...words.slice(1), '--help']))
    expect(helped).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Usage: npx smokeball-webhooks ${path}`),
    })
  })

  it.each([() => false, () => true])('says in its list what each command does', async (wanted) => {
    const { commands } = await programWith(wanted)
    const summaries = commands.map((command) => command.summary())
    expect(summaries.length).toBeGreaterThan(15)
    for (const summary of summaries) expect(summary).toMatch(/^[A-Z][a-z]+s\b/)
  })

  it('destroy has no usual stage but after its name is typed', async () => {
    const { stdout } = await runWebhooks(['destroy', '--help'])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('a stack of its own (prod, once its name is typed)')
  })

  it.each([
    [[], /Say which of these commands/],
    [['accounts'], /Say which of these commands/],
    [['conect'], /^Unknown command 'conect'\. Did you mean connect\? See npx smokeball-webhooks --help\n$/],
    [['subscriptions', 'ensur'], /Did you mean ensure\? See npx smokeball-webhooks subscriptions --help\n$/],
    [
      ['connect', '--loca'],
      /^Unknown option '--loca'\. Did you mean --local\? See npx smokeball-webhooks connect --help\n$/,
    ],
    [['accounts', 'remove'], /^Missing required argument 'account'\./],
    [['accounts', 'list', 'x'], /^Too many arguments for 'list'\. Expected 0 arguments but got 1\./],
    [
      ['events', '--local'],
      /^Options follow a command.* There are list, tail, show, resource, pull, such as: .* events list --local\n$/,
    ],
    [
      ['--stage', 'dev', 'events', 'list'],
      /^Options follow a command.*: npx smokeball-webhooks events list\n$/,
    ],
    [['types', '--account'], /^Option '--account <id>' argument missing\./],
    [['connect', '--region', 'nz'], /'nz' is invalid\. Allowed choices are us, au, uk\./],
    [
      ['types', '--local', '--stage', 'dev'],
      /^Option '--local' cannot be used with option '--stage <stage>'\./,
    ],
    [['types', '--stack', 'X', '--stage', 'dev'], /cannot be used with/],
    [['some-Secret_that.is/pasted+here=='], /^Unknown command\. See npx smokeball-webhooks --help\n$/],
  ])('%j was not understood', async (args, said) => {
    const { code, stdout, stderr } = await runWebhooks(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it.each<[string, string[], Record<string, string>, string]>([
    ['start', ['4000'], { port: 'true' }, '--port'],
    ['start', [], { fake_smokeball: 'true' }, '--fake-smokeball'],
    ['send', ['noop', '5'], { count: 'true', duplicate: 'true' }, '--count and --duplicate'],
    ['console', [], { stage: 'dev' }, '--stage'],
    ['costs', ['5000'], { events: 'true' }, '--events'],
    ['webhooks', ['accounts', 'list', 'dev'], { stage: 'true' }, '--stage'],
    ['webhooks', ['types'], { json: 'true' }, '--json'],
    [
      'webhooks',
      ['events', 'pull', 'mhikn8rn-d79d4bee'],
      { redact: 'true', run: '' },
      '--redact and --no-run',
    ],
    ['webhooks', ['accounts', 'add', 'firm'], { refresh_token: 's3cret' }, '--refresh-token'],
  ])('npm run %s %j tells that npm took %j', async (script, args, taken, names) => {
    const values = Object.entries(taken).map(([name, value]) => [`npm_config_${name}`, value])
    const env = { npm_lifecycle_event: script, ...Object.fromEntries(values) }
    const { code, stdout, stderr } = await runWebhooks([script, ...args], { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      new RegExp(`(^|\\n)npm took ${names} for itself\\. Type your options after npx smokeball-webhooks `),
    )
    expect(stderr).not.toContain('s3cret')
  })

  it.each<[string[], Record<string, string>]>([
    [['start', '--port', 'x'], { npm_config_port: '1' }],
    [['start', '--port=x'], { npm_config_cache: '/x', npm_config_yes: 'true', npm_config_client_id: '' }],
  ])('%j with %j of npm lacks nothing', async (args, env) => {
    const { stderr } = await runWebhooks(args, { env: { npm_lifecycle_event: 'start', ...env } })
    expect(stderr).toMatch(/^--port x is not a port/)
  })

  it('npm run webhooks says what takes its place, and runs all the same', async () => {
    expect(await runWebhooks(['webhooks', 'types', '--account', 'a b', '--local'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'npm run webhooks will be removed in the next release. Type instead: ' +
        'npx smokeball-webhooks types --account "a b" --local\n' +
        'No local run was found. Start one with: npm start\n',
    })
  })

  it.each([
    ['secret', 'set', 'client-secret', 's3cret', '--stage', 'dev'],
    ['secret', 'set', 's3cret'],
    ['accounts', 'add', 'firm', 's3cret', '--refresh-token'],
    ['secret', 'set', '--client-secret', 's3cret'],
  ])('npm run webhooks repeats no secret: %j', async (...words) => {
    const { code, stderr } = await runWebhooks(['webhooks', ...words])
    expect([code, stderr]).toEqual([2, expect.stringContaining('are never taken from the command line')])
    expect(stderr).not.toContain('s3cret')
  })

  it('npm run webhooks goes to no deployment that is not named, since npm may have kept --local', async () => {
    expect(await runWebhooks(['webhooks', 'events', 'list', '--since', '2h'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /\nnpm may have kept --local to itself, so say which is meant: npx smokeball-webhooks events list --since 2h --local, or npx smokeball-webhooks events list --since 2h --stage prod\n$/,
      ),
    })
  })

  const changing = [
    ...[
      'pause',
      'resume',
      'connect',
      'rotate-key',
      'replay --all',
      'dlq redrive --all',
      'dlq drop x',
      'secret set',
    ],
    ...['accounts add firm', 'accounts remove firm', 'subscriptions ensure', 'subscriptions create'],
    ...['subscriptions update x', 'subscriptions delete x'],
  ]

  it.each(changing)(
    '%s changes nothing where no deployment is named, and nobody can be asked',
    async (line) => {
      const words = line.split(' ')
      const path = words.slice(0, /^(dlq|secret|accounts|subscriptions) /.test(line) ? 2 : 1).join(' ')
      const called = `npx smokeball-webhooks ${line}`
      for (const [args, said] of [
        [[], `${called} --local, or ${called} --stage prod`],
        [['--profile', 'firm'], `${called} --profile firm --stage prod`],
      ] as const)
        expect(await runWebhooks([...words, ...args])).toEqual({
          code: 2,
          stdout: '',
          stderr: `${path} changes the deployment, so say which is meant: ${said}\n`,
        })
    },
  )

  it.each<[string[], string]>([
    [
      ['replay', '--since', '2h', '--type', 'contact.*', '--dry-run'],
      `replay --since 2h --type "contact.*" --dry-run --stage prod`,
    ],
    [
      ['dlq', 'drop', '--reason', "it's old", '--', '-id'],
      `dlq drop --reason "it's old" --stage prod -- -id`,
    ],
  ])('%j is repeated with all its words, ready to be pasted', async (words, said) => {
    const { code, stderr } = await runWebhooks(words)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/, or npx smokeball-webhooks .*\n$/)])
    expect(stderr.split(', or npx smokeball-webhooks ')[1]).toBe(`${said}\n`)
  })

  it('takes the two dashes that pnpm hands on', async () => {
    const env = { npm_lifecycle_event: 'webhooks' }
    expect((await runWebhooks(['webhooks', '--', 'types', '--help'], { env })).code).toBe(0)
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
