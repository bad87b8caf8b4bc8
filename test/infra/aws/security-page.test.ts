import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { keyPatterns, nameOf, type Statement, statementsOf } from './policy-statements.ts'
import { synthesize } from './synthesize.ts'

/** What the page calls what a statement is about: the partition keys of items, or the end of a resource's name. */
const names = {
  '*|*|*': 'ledgers and events',
  'opened#*': 'marks of messages',
  'aside#*': 'what was put aside',
  'write|*': 'API writes',
  'smokeball-api|*': 'rate of calls',
  'smokeball-accounts': 'accounts',
  'smokeball-walks*': 'walks of catch-up',
  'smokeball-removed-accounts': 'removed accounts',
  '/index/due': 'index `due`',
  QueuesEvents: 'event queue',
  QueuesDelayed: 'delay queue',
  QueuesDeadLetters: 'dead-letter queue',
  WebhookSecret: 'webhook secret',
  ApiSecret: 'API secret',
  ReceiverLambdaLogs: 'its log',
  ConsumerLambdaLogs: 'its log',
  KeeperLambdaLogs: 'its log',
} as Record<string, string>

/** Each action on each thing, as `action on thing`. */
function allowedBy(statement: Statement): string[] {
  const things = keyPatterns(statement) ?? [statement.Resource].flat().map(nameOf)
  return [statement.Action]
    .flat()
    .flatMap((action) =>
      things.map((thing) => `${action} on ${names[thing] ?? `${thing}, which has no name`}`),
    )
}

/** What the page's table says of a function. */
function saidOf(functionName: string): string[] {
  const page = readFileSync('docs/security.md', 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith(`| ${functionName} |`))
  return rows.flatMap((row) => {
    const [, , actions = '', things = ''] = row.split('|').map((cell) => cell.trim())
    return actions
      .replaceAll('`', '')
      .split(', ')
      .flatMap((action) => things.split(', ').map((thing) => `${action} on ${thing}`))
  })
}

it.each(['receiver', 'consumer', 'keeper'])(
  'docs/security.md says what the %s may do, and no more',
  (name) => {
    const role = `${name.charAt(0).toUpperCase()}${name.slice(1)}Lambda`
    const allowed = statementsOf(synthesize().template, role).flatMap(allowedBy)
    expect(allowed.length).toBeGreaterThan(4)
    expect([...new Set(saidOf(name))].sort()).toEqual([...new Set(allowed)].sort())
  },
)
