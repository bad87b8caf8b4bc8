import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { on } from '#webhooks'
import { deployReport } from '../../../infra/cli/commands/deploy/report.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import {
  type AccountsQuestion,
  accountsArgs,
  accountsSetting,
  unconnectedAccounts,
} from '../../../infra/operate/accounts-setting.ts'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { accounts } from '../../../shared/smokeball-api/accounts.ts'

const { signal } = new AbortController()
const stranger = { accountId: 'stranger', events: 3 }
const outputs = { CallbackUrl: 'https://x.example/smokeball', EventTypes: 'contact.*', TableName: 'events' }

describe('events of accounts that are not connected', () => {
  const ask = (
    before: AccountsQuestion['before'],
    found: readonly (typeof stranger)[] | Error,
    chosen?: boolean,
  ) =>
    accountsSetting({
      chosen,
      before,
      async unconnected(tableName) {
        expect(tableName).toBe('events')
        if (found instanceof Error) throw found
        return found
      },
    })

  it.each<[string, AccountsQuestion['before'], readonly (typeof stranger)[] | Error, object, boolean]>([
    ['are turned away by a new stack', undefined, new Error('not asked'), { kind: 'on' }, true],
    ['and by one whose first deployment failed', {}, new Error('not asked'), { kind: 'on' }, true],
    ['and by an older one of which none came', outputs, [], { kind: 'on' }, true],
    [
      'are told of one of which some came',
      outputs,
      [stranger],
      { kind: 'off', unconnected: [stranger] },
      false,
    ],
    [
      'also at the next deployment',
      { ...outputs, ConnectedAccountsOnly: 'false' },
      [stranger],
      { kind: 'off', unconnected: [stranger] },
      false,
    ],
    ['are as before where it could not be told', outputs, new Error('no right'), { kind: 'off' }, false],
    ['and where the stack is out of reach', null, new Error('not asked'), { kind: 'unknown' }, false],
    [
      'stay turned away',
      { ...outputs, ConnectedAccountsOnly: 'true' },
      new Error('not asked'),
      { kind: 'kept' },
      true,
    ],
  ])('%s', async (_what, before, found, expected, turnsOn) => {
    const setting = await ask(before, found)
    expect(setting).toEqual(expected)
    expect(accountsArgs(setting)).toEqual(turnsOn ? ['--parameters', 'TakeConnectedAccountsOnly=true'] : [])
  })

  it.each([true, false])('are what infra/handlers.ts says (%s)', async (chosen) => {
    for (const before of [undefined, outputs, null])
      expect(await ask(before, new Error('not asked'), chosen)).toEqual({ kind: 'chosen' })
  })

  it('are found in the feed of the last 30 days, but for those of removed accounts and of the system', async (context) => {
    const local = await startLocal({ handlers: [on('*', { name: 'all' }, () => {})] })
    context.onTestFinished(local.stop)
    const dynamodb = new DynamoDBClient(local.dynamodb)
    context.onTestFinished(() => dynamodb.destroy())
    const { tableName } = local
    const registry = accounts({ client: dynamodb, tableName, now: Date.now, randomId: String })
    for (const accountId of ['firm', 'removed']) await registry.add(accountId, signal)
    await registry.remove('removed', signal)
    const sent = ['firm', 'removed', systemAccountId, 'one event', ...Array(12).fill('many|events')]
    for (const [nth, accountId] of sent.entries())
      await local.deliver(
        JSON.stringify({ accountId, type: 'contact.updated', timestamp: nth, payload: { id: 'c' } }),
      )
    await local.settled()
    const found = (now: number) => unconnectedAccounts({ dynamodb, tableName, now: () => now }, signal)
    expect(await found(Date.now())).toEqual([
      { accountId: 'many|events', events: 12 },
      { accountId: 'one event', events: 1 },
    ])
    expect(await found(Date.now() + 31 * 86_400_000)).toEqual([])
  })
})

describe('the report of a deployment', () => {
  const report = (accounts: Parameters<typeof deployReport>[0]['accounts'], isOn: boolean) =>
    deployReport({
      stage: 'dev',
      before: outputs,
      hasClientId: true,
      ...(accounts && { accounts }),
      after: { ...outputs, ConnectedAccountsOnly: String(isOn) },
    })

  it('says whose events are taken', () => {
    expect(report({ kind: 'on' }, true)).toContain(
      '\n  Accounts      events of connected accounts alone are taken, from now on\n',
    )
    expect(report({ kind: 'kept' }, true)).toContain('events of connected accounts alone are taken\n\nDone.')
    expect(report({ kind: 'chosen' }, false)).toContain('events of all accounts are taken\n\nDone.')
  })

  it('lists those that are not connected, and says how to turn it on', () => {
    const many = Array.from({ length: 25 }, (_, nth) => ({ accountId: `\u001b]0;${nth}`, events: 25 - nth }))
    const told = report({ kind: 'off', unconnected: many }, false)
    expect(told).toContain('25 events\n')
    expect(told).toMatch(/ {2}6 events\n {2}and 5 more\n/)
    expect(told).not.toContain('\u001b]')
    expect(told).toContain('npx smokeball-webhooks accounts add --stage dev -- ACCOUNT_ID')
    expect(told).toContain('connectedAccountsOnly: true')
    expect(report({ kind: 'off', unconnected: [{ accountId: 'x', events: 1 }] }, false)).toContain(
      '  x  1 event\n',
    )
    expect(report({ kind: 'off' }, false)).toContain('could not be told')
  })
})
