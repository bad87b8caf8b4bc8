import { describe, expect, it } from 'vitest'
import type { Deployment } from '../../../infra/operate/deployment.ts'
import { loseChange } from '../../../infra/operate/send/lose-change.ts'
import { isTagged } from '../../../shared/signing/request-id.ts'
import { isSignedWith } from '../../../shared/signing/signature.ts'
import { startedReceiver } from '../fake-smokeball/fake-smokeball-started.ts'
import { connectedWorld, deployedWorld, firm } from './deployed-world.ts'
import { startCommand } from './in-process.ts'

const command = 'send'

describe('npm run send', () => {
  it.for([
    ['--stage', 'dev'],
    ['--stack', 'SmokeballWebhooks'],
    ['--stage=prod', '--own'],
  ])('%j delivers to the stack, signed with what its secret holds', async (flags, context) => {
    const { url, received } = await startedReceiver(context)
    const world = await connectedWorld(context, { url })
    const { code, stdout, stderr } = await world.run(['noop', ...flags], { command })
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^200 /), ''])
    const headers = received[0]?.headers
    const [timestamp, requestId] = [String(headers?.timestamp), String(headers?.requestid)]
    const parts = { timestamp, requestId, clientId: world.fake.credentials.clientId }
    expect(isSignedWith(parts, String(headers?.signature), 'the-signing-key')).toBe(true)
    expect(isTagged(requestId, ['the-id-key'])).toBe(flags.includes('--own'))
  })

  it.for([
    [
      ['contact.updated', '--lost', '--stage', 'dev'],
      /--lost is for the running npm start -- --fake-smokeball/,
    ],
    [['contact.updated', '--lost', '--id', 'c'], /delivers nothing: leave out --id/],
    [['contact.updated', '--lost', '--count', '5'], /delivers nothing: leave out --count/],
    [['contact.updated', '--lost', '--bad-signature'], /delivers nothing: leave out --bad-signature/],
    [
      ['fee.updated', '--lost'],
      /^--lost updates a contact, a matter or a task, and does not make fee\.updated\. Type for example: npx smokeball-webhooks send contact\.updated --lost$/m,
    ],
    [
      ['matter.archived', '--lost'],
      /^--lost updates a matter, and does not make matter\.archived\. Type .* send matter\.updated --lost$/m,
    ],
    [['contact.updated', 'contact.deleted', '--lost'], /does not make contact\.deleted/],
    [['contact', '--lost'], /does not make contact\./],
    [['task.updated', '--lost'], /No local run was found/],
  ] as const)('%j loses nothing', async ([args, problem], context) => {
    const { code, stderr } = await startCommand(command, args, { env: { LOCAL_STATE_DIR: '/nowhere' } }).ended
    context.expect([code > 0, stderr]).toEqual([true, context.expect.stringMatching(problem)])
  })

  it('never loses a change of a real Smokeball', async (context) => {
    const world = await connectedWorld(context)
    const real = { ...(await world.apiSecret()), apiUrl: 'https://api.smokeball.com' }
    const secrets = { send: async () => ({ SecretString: JSON.stringify(real) }) }
    const of = { secrets, outputs: world.outputs } as unknown as Deployment
    await expect(loseChange(of, {} as never, 'contact')).rejects.toThrow(/at the fake Smokeball alone/)
  })

  it('sends no sample of an account that the stack does not take, and says of which it does', async (context) => {
    const { url, received } = await startedReceiver(context)
    const world = await connectedWorld(context, { url })
    world.outputs.ConnectedAccountsOnly = 'true'
    const refused = await world.run(['noop', '--stage', 'dev'], { command })
    expect([refused.code, refused.stderr]).toEqual([
      1,
      `SmokeballWebhooks-dev takes events of connected accounts alone: say whose it is, by --account ${firm}\n`,
    ])
    expect(received).toEqual([])
    expect(await world.run(['noop', '--stage', 'dev', '--account', firm], { command })).toMatchObject({
      code: 0,
    })
    const file = 'infra/smokeball/samples/matter.updated.json'
    expect(await world.run([file, '--stage', 'dev'], { command })).toMatchObject({ code: 0 })
    await world.accounts.remove(firm, context.signal)
    expect((await world.run(['noop', '--stage', 'dev'], { command })).stderr).toMatch(
      /by --account and the id of one that you have connected\.\n$/,
    )
  })

  it('says that a stack has no client id yet', async (context) => {
    const world = await deployedWorld(context)
    const { code, stderr } = await world.run(['noop', '--stage', 'dev'], { command })
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no client id yet\. .*npx smokeball-webhooks connect --stage dev\n$/),
    ])
  })

  it.for([
    [
      ['--stage', 'dev', '--url', 'http://127.0.0.1:9'],
      "Option '--url <url>' cannot be used with option '--stage <stage>'. See npx smokeball-webhooks send --help",
    ],
    [
      ['--stack', 'x', '--client-id', 'c'],
      "Option '--client-id <id>' cannot be used with option '--stack <name>'. See npx smokeball-webhooks send --help",
    ],
    [
      ['--stage', 'dev', '--stack', 'X'],
      "Option '--stack <name>' cannot be used with option '--stage <stage>'. See npx smokeball-webhooks send --help",
    ],
  ] as const)('refuses %j', async ([flags, said], context) => {
    const world = await deployedWorld(context)
    expect(await world.run(['noop', ...flags], { command })).toMatchObject({ code: 2, stderr: `${said}\n` })
  })
})
