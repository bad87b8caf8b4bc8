import { describe, expect, it } from 'vitest'
import { deployedWorld } from './deployed-world.ts'
import { runWebhooks } from './run-webhooks.ts'

const set = ['secret', 'set']

describe('secret set', () => {
  it('puts all three in, and a key to seal with, which stays', async (context) => {
    const world = await deployedWorld(context)
    const { clientId, clientSecret, apiKey } = world.fake.credentials
    const all = await world.run([...set, '--region', 'au'], { stdin: world.lines })
    expect(all).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Put in: client-id, /) })
    const first = await world.apiSecret()
    expect(first).toMatchObject({ requestIdKey: 'the-id-key', clientId, clientSecret, apiKey, region: 'au' })
    expect(await world.webhookSecret()).toEqual({ signingKey: 'the-signing-key', clientId })

    const again = await world.run([...set, '--region', 'au', '--json'], { stdin: world.lines })
    expect(JSON.parse(again.stdout)).toMatchObject({ isChanged: false })
    await world.run([...set, 'api-key'], { stdin: 'another-api-key\n' })
    expect(await world.apiSecret()).toEqual({ ...first, apiKey: 'another-api-key' })
  })

  it('takes all of stdin for the one that is named, but for a byte order mark and one newline', async (context) => {
    const world = await deployedWorld(context)
    await world.run([...set, 'client-secret'], { stdin: '\uFEFFwith#hash=and"quote\r\n' })
    expect((await world.apiSecret()).clientSecret).toBe('with#hash=and"quote')
    const two = await world.run([...set, 'client-secret'], { stdin: 'two\nlines' })
    expect(two).toMatchObject({ code: 1, stderr: 'Client secret is not printable ASCII without spaces.\n' })
    const none = await world.run([...set, 'client-secret'])
    expect(none).toMatchObject({ code: 1, stderr: 'Client secret is missing.\n' })
  })

  it('takes hosts of your own, and gives them back to the region', async (context) => {
    const world = await deployedWorld(context)
    const bad = await world.run([...set, '--api-url', 'http://proxy.example'])
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringMatching(/`apiUrl` is not an https address/) })
    await world.run([...set, '--api-url', 'https://proxy.example/x', '--acts-for', 'many'])
    expect(await world.apiSecret()).toMatchObject({ apiUrl: 'https://proxy.example/x', actsFor: 'many' })
    await world.run([...set, '--api-url', 'standard'])
    expect(await world.apiSecret()).not.toHaveProperty('apiUrl')
  })

  it.for([
    ['a bare value', 's3cret-value', /none of these: client-id=…/],
    ['a bare value that looks like a line', 's3cret-value==', /none of these: client-id=…/],
    [
      'a value with a hash',
      'client-secret=s3cret#value',
      /client-secret=… would be lost: put the value in quotes/,
    ],
    ['a value with a space', 'client-secret="s3cret value"', /Client secret is not printable ASCII/],
    ['nothing', '', /no terminal to ask for client-id, client-secret, api-key/],
  ] as const)('refuses %s on stdin without telling it', async ([, stdin, said], context) => {
    const world = await deployedWorld(context)
    const { code, stdout, stderr } = await world.run(set, { stdin })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/s3cret/)
    expect(await world.apiSecret()).toEqual({ requestIdKey: 'the-id-key' })
  })

  it('takes quoted values as they are', async (context) => {
    const world = await deployedWorld(context)
    await world.run(set, { stdin: `client-secret="a#b"\napi-key='c"d'\n` })
    expect(await world.apiSecret()).toMatchObject({ clientSecret: 'a#b', apiKey: 'c"d' })
  })

  it.each([
    [[...set, 's3cret']],
    [[...set, 'client-secret', 's3cret']],
    [[...set, '--client-secret', 's3cret']],
    [[...set, '--client-secret=s3cret']],
    [[...set, '--api-key=s3cret']],
    [['accounts', 'add', 'firm', '--refresh-token', 's3cret']],
    [['accounts', 'add', 'firm', '--refresh-token=s3cret']],
    [['connect', '--refresh-token=s3cret']],
  ])('%j: a value is refused as an argument, and not repeated', async (args) => {
    const { code, stdout, stderr } = await runWebhooks(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /never taken from the command line, where process lists.*npx smokeball-webhooks (secret|accounts)/,
    )
    expect(stderr).not.toContain('s3cret')
  })

  it('names the command for the same deployment', async () => {
    const { stderr } = await runWebhooks([...set, 'api-key', 's3cret', '--local'])
    expect(stderr).toMatch(/: npx smokeball-webhooks secret set api-key --local\n$/)
  })

  it('knows a name that was mistyped', async () => {
    const { code, stderr } = await runWebhooks([...set, 'client-secert'])
    expect([code, stderr]).toEqual([2, "There is no such secret. Did you mean 'client-secret'?\n"])
  })
})
