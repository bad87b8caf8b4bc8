import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Row } from '../../../infra/console/page/api/console-api.ts'
import { isWanted } from '../../../infra/console/page/feed/feed-filter.ts'
import { eventQuery } from '../../../infra/console/server/event-query.ts'
import { eventJson } from '../../../infra/operate/events/event-json.ts'
import { resourceKey } from '../../../shared/event/event-identity.ts'
import { eventStatuses, handlerOutcomes, namesOf } from '../../../shared/event/outcomes.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { matchesFilter } from '../../../shared/ledger/event-filter.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'

const at = Date.parse('2026-07-01T09:30:00Z')
const types = ['contact.created', 'contact.updated', 'contacts.updated', 'matter.updated', 'noop']
const handler = fc
  .record({
    outcome: fc.constantFrom(...namesOf(handlerOutcomes)),
    isLate: fc.boolean(),
    isOwn: fc.boolean(),
  })
  .map(({ outcome, isLate, isOwn }) => ({
    ...{ outcome, failures: 0, waits: 0 },
    ...(isLate && { late: true as const }),
    ...(isOwn && { own: true as const }),
  }))
const row = fc
  .record({
    accountId: fc.constantFrom('a', 'b|c'),
    type: fc.constantFrom(...types),
    status: fc.constantFrom(...eventStatuses()),
    handlers: fc.dictionary(fc.constantFrom('crm', 'mail'), handler, { noNullPrototype: true }),
    agoS: fc.nat(120),
  })
  .map(({ agoS, ...given }): EventRow => {
    const delivery = { requestId: '', sentTicks: undefined, receivedEpochMs: at - agoS * 1000 }
    const nobody = { subscriptionId: undefined, source: undefined, userId: undefined }
    return {
      ...{
        ...given,
        reference: 'r',
        eventId: 'e',
        resource: { kind: 'contact', id: '1' },
        isRecovered: false,
        isImported: false,
      },
      ...{ resourceKey: resourceKey(given.accountId, 'contact', '1'), ticks: epochMsToTicks(at) },
      ...{ attempts: 1, fence: 1, delivery: { ...delivery, ...nobody } },
    }
  })
const moment = fc.nat(120).map((agoS) => new Date(at - agoS * 1000).toISOString())
const query = fc.record(
  {
    account: fc.constantFrom('a', 'b|c'),
    type: fc.constantFrom(...types, 'contact.*', '*'),
    outcome: fc
      .uniqueArray(fc.constantFrom(...eventStatuses(), ...namesOf(handlerOutcomes)), {
        minLength: 1,
        maxLength: 3,
      })
      .map((outcomes) => outcomes.join(',')),
    handler: fc.constantFrom('crm', 'mail', 'toString'),
    own: fc.constantFrom('true', 'false'),
    late: fc.constantFrom('true', 'false'),
    since: moment,
    until: moment,
  },
  { requiredKeys: [], noNullPrototype: true },
)

it('the page filters what is told live as the server filters its pages', () => {
  fc.assert(
    fc.property(row, query, (event, given) => {
      const asTold: Row = eventJson(event)
      fc.pre(!given.since || !given.until || given.since <= given.until)
      const { filter } = eventQuery(given, at)
      expect(isWanted(new URLSearchParams(given), asTold)).toBe(matchesFilter(filter, event))
    }),
    { numRuns: 2_000 },
  )
})

it('takes an event whose handlers are only put off for none that failed, as the server does', () => {
  const putOff = { outcome: 'retry-after', failures: 0, waits: 1 } as const
  const [event] = fc.sample(
    row.map((given) => ({ ...given, status: 'failed' as const, handlers: { crm: putOff } })),
    1,
  )
  if (!event) throw new Error('There is no sample.')
  const wanted = (outcome: string) => isWanted(new URLSearchParams({ outcome }), eventJson(event))
  expect(['failed', 'retry-after', 'failed,retry-after'].map(wanted)).toEqual([false, true, true])
  expect(matchesFilter(eventQuery({ outcome: 'failed' }, at).filter, event)).toBe(false)
})
