import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { SmokeballWebhooksProps } from '../../../infra/aws/resolve-props.ts'
import { readSettings } from '../../../infra/settings/read-settings.ts'
import { stackName } from '../../../infra/settings/stages.ts'
import { NotUnderstood } from '../../../infra/terminal/usage-error.ts'
import { construct } from './synthesize.ts'

const folder = mkdtempSync(join(tmpdir(), 'misconfiguration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function handlersFile(name: string, text: string): { handlersEntry: string } {
  const file = join(folder, name)
  writeFileSync(file, text)
  return { handlersEntry: relative('', file) }
}

describe('synth fails, and says the fix', () => {
  it.each<[string, Partial<SmokeballWebhooksProps>, RegExp]>([
    [
      'a visibility below six timeouts',
      { visibilityTimeoutSeconds: 100 },
      /visibilityTimeoutSeconds is 100: give at least 180/,
    ],
    [
      'a visibility below six longer timeouts',
      { visibilityTimeoutSeconds: 180, handlers: { timeout: { seconds: 31 } } },
      /at least 186/,
    ],
    ['a visibility of over twelve hours', { visibilityTimeoutSeconds: 50_000 }, /at most 43200/],
    ['a timeout that Lambda does not take', { handlers: { timeout: { seconds: 1000 } } }, /seconds: 900/],
    ['a tolerance of zero', { toleranceMs: 0 }, /toleranceMs is 0: give whole milliseconds.* such as 300000/],
    ['a tolerance in seconds', { toleranceMs: 300 }, /toleranceMs is 300: give whole milliseconds/],
    [
      'events that are not kept long enough',
      { eventRetentionDays: 7 },
      /at least 30 days, not 7.*eventRetentionDays/,
    ],
    [
      'ledgers that go before their events',
      { eventRetentionDays: 90, ledgerRetentionDays: 60 },
      /Keep ledgers longer.*ledgerRetentionDays/,
    ],
    [
      'bodies that outlast their events',
      { eventRetentionDays: 30, bodyRetentionDays: 31 },
      /Keep bodies for 1 day at least, and no longer than events \(30 days\), not 31 \(bodyRetentionDays\)/,
    ],
    [
      'a receiver that outlasts Smokeball',
      { receiver: { timeoutMs: 10_000 } },
      /at most 9000.*Smokeball gives up after 10 seconds/,
    ],
    ['a receiver of milliseconds', { receiver: { timeoutMs: 8 } }, /whole seconds, such as 8000/],
    [
      'too little memory',
      { receiver: { memoryMb: 64 }, handlers: { memoryMb: 64 } },
      /receiver.memoryMb is 64/,
    ],
    [
      'a receiver that takes nothing',
      { receiver: { reservedConcurrency: 0 } },
      /receiver.reservedConcurrency is 0: give whole invocations at once, from 1/,
    ],
    ['a concurrency of one', { maxConcurrency: 1 }, /2 to 1000/],
    ['no attempt', { maxAttempts: 0 }, /maxAttempts is 0: give 1 to 100/],
    ['checks of subscriptions that overlap', { subscriptionCheckMinutes: 4 }, /whole minutes, from 5/],
    ['checks more seldom than daily', { subscriptionCheckMinutes: 1441 }, /to 1440 \(a day\).* such as 60/],
    ['checks every half minute', { subscriptionCheckMinutes: 7.5 }, /subscriptionCheckMinutes is 7.5/],
    [
      'no throughput',
      { throttling: { perSecond: 0, burst: 1 } },
      /throttling\.perSecond is 0: give `perSecond` above 0/,
    ],
    ['a log retention that there is not', { logRetentionDays: 31 }, /takes 1, 3, 5, 7, 14, 30/],
    [
      "a variable of this project's",
      { handlers: { environment: { QUEUE_URL: 'mine' } } },
      /environment\.QUEUE_URL: this name is not free/,
    ],
    [
      "a variable of Lambda's",
      { handlers: { environment: { AWS_REGION: 'mine' } } },
      /environment\.AWS_REGION: this name is not free/,
    ],
    [
      'a variable that is no text',
      { handlers: { environment: { PORT: 1 as never } } },
      /environment\.PORT: it is 1: give text/,
    ],
    [
      'a name that is none',
      { handlers: { secrets: { 'crm-key': 'id' } } },
      /secrets\.crm-key: this is no name of a variable/,
    ],
    [
      'a secret without an id',
      { handlers: { secrets: { CRM_KEY: '' } } },
      /secrets.CRM_KEY: give the name or the whole ARN/,
    ],
    ['a tolerance that replays last for ever', { toleranceMs: 1e15 }, /to 86400000/],
    [
      'a tolerance as text',
      { toleranceMs: '300000' as never },
      /toleranceMs is '300000': give whole milliseconds/,
    ],
    [
      'a visibility that is no number',
      { visibilityTimeoutSeconds: Number.NaN },
      /visibilityTimeoutSeconds is NaN: give at least 6 times the consumer's timeout, in whole seconds/,
    ],
    [
      'a timeout that is no object',
      { handlers: { timeout: 60 as never } },
      /handlers\.timeout is 60: give Lambda \{ seconds: 1 \}/,
    ],
    ['days that are none', { ledgerRetentionDays: Number.POSITIVE_INFINITY }, /give whole days, up to 36500/],
    ['attempts beyond what the queue takes', { maxAttempts: 101 }, /1 to 100 attempts/],
    [
      'a part of an ARN',
      { handlers: { secrets: { CRM_KEY: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:crm' } } },
      /the whole ARN/,
    ],
    ['no topic', { alarms: { topic: undefined as never } }, /alarms is to be decided/],
    ['alarms that nobody decided on', { alarms: undefined as never }, /alarms is to be decided/],
    ['no alarms without a reason', { alarms: { none: ' ' } }, /alarms is to be decided/],
  ])('%s', (_, props, message) => {
    expect(() => construct(props)).toThrow(message)
  })

  it('tells all that is wrong at once', () => {
    expect(() => construct({ toleranceMs: 0, maxAttempts: 0 })).toThrow(/toleranceMs[\s\S]*maxAttempts/)
  })

  it('a handler without a name', () => {
    const handlers = handlersFile(
      'nameless.ts',
      "import { on } from '#webhooks'\nexport default [on('matter.updated', {} as never, () => {})]",
    )
    expect(() => construct({ handlers })).toThrow(/nameless\.ts: .*[\s\S]*has no name: give it one/)
  })

  it('an import that fails, by file and line', () => {
    const handlers = handlersFile(
      'failing.ts',
      "import { on } from '#webhooks'\n\nthrow new Error('no such luck')\nexport default [on('*', { name: 'a' }, () => {})]",
    )
    expect(() => construct({ handlers })).toThrow(/no such luck[\s\S]*failing\.ts:3/)
  })

  it('handlers that cannot be bundled, by file and line', () => {
    const handlers = handlersFile('unbundled.ts', "import './no-such-file.ts'\nexport default []")
    expect(() => construct({ handlers })).toThrow(/unbundled\.ts:1[\s\S]*no-such-file/)
  })

  it('a handlers file that is not there', () => {
    expect(() => construct({ handlers: { handlersEntry: 'no/such/file.ts' } })).toThrow(
      /no\/such\/file\.ts: there is no such file/,
    )
  })

  it('a native package that nobody has installed', () => {
    const handlers = handlersFile(
      'native.ts',
      "import { on } from '#webhooks'\nexport default [on('*', { name: 'a' }, () => import('no-such-package' as never))]",
    )
    expect(() => construct({ handlers: { ...handlers, nodeModules: ['no-such-package'] } })).toThrow(
      /no-such-package[\s\S]*npm install --prefix/,
    )
  })

  it('settings that are none', async () => {
    const { handlersEntry } = handlersFile('none.ts', 'export const settings = {}')
    await expect(readSettings('dev', resolve(handlersEntry))).rejects.toThrow(/default-export an object/)
  })

  it('settings of the wrong type', async () => {
    const { handlersEntry } = handlersFile(
      'hourly.ts',
      "export default { stack: { subscriptionCheckMinutes: '60', subscriptionCheckMinute: 60 } }",
    )
    const reading = readSettings('dev', resolve(handlersEntry))
    await expect(reading).rejects.toThrow(
      /stack\.subscriptionCheckMinutes is '60': give whole minutes, from 5/,
    )
    await expect(reading).rejects.toThrow(/Did you mean 'subscriptionCheckMinutes'/)
  })

  it.each(['Dev', 'my stage', '1', ''])("the stage '%s'", (stage) => {
    expect(() => stackName(stage)).toThrow(NotUnderstood)
    expect(() => stackName(stage)).toThrow(/cannot be a stage: use lower-case letters/)
  })
})

it('settings may be a function of the stage', async () => {
  const { handlersEntry } = handlersFile(
    'staged.ts',
    'export default (stage) => ({ environment: { STAGE: stage } })',
  )
  expect(await readSettings('dev', resolve(handlersEntry))).toEqual({ environment: { STAGE: 'dev' } })
})

it('handlers are read without the credentials of who deploys', () => {
  const before = process.env.AWS_SECRET_ACCESS_KEY
  process.env.AWS_SECRET_ACCESS_KEY = 'secret'
  try {
    const handlers = handlersFile(
      'curious.ts',
      "import { on } from '#webhooks'\nexport default [on('*', { name: process.env.AWS_SECRET_ACCESS_KEY ?? 'nothing' }, () => {}), on('*', { name: process.env.CRM ?? '' }, () => {}), on('*', { name: 'files' + process.env.AWS_SHARED_CREDENTIALS_FILE?.replaceAll('/', '.') }, () => {})]",
    )
    const { webhooks } = construct({ handlers: { ...handlers, environment: { CRM: 'crm' } } })
    expect(webhooks.handlers.map(({ name }) => name)).toEqual(['nothing', 'crm', 'files.dev.null'])
  } finally {
    if (before === undefined) delete process.env.AWS_SECRET_ACCESS_KEY
    else process.env.AWS_SECRET_ACCESS_KEY = before
  }
})
