import { expect, it } from 'vitest'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { stampOf } from '../../../shared/event/stamps.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'

const ticks = 639170695233554431n

it.each<[string, string, string | undefined, bigint | undefined]>([
  ['contact', `{"lastUpdated":${ticks}}`, `${ticks}`, ticks],
  ['matter', `{"versionId":"${ticks}","lastUpdated":1}`, `${ticks}`, ticks],
  ['task', `{"a":{"lastUpdated":5},"lastUpdated" : ${ticks} }`, `${ticks}`, ticks],
  ['event', '{"lastUpdated":"2026-06-12T05:35:23"}', '2026-06-12T05:35:23', at('2026-06-12T05:35:23Z')],
  [
    'memo',
    '{"lastUpdated":"2026-06-12T05:35:23+10:00"}',
    '2026-06-12T05:35:23+10:00',
    at('2026-06-11T19:35:23Z'),
  ],
  [
    'event',
    '{"lastUpdated":"2026-06-12T05:35:23.1234567Z"}',
    '2026-06-12T05:35:23.1234567Z',
    at('2026-06-12T05:35:23Z'),
  ],
  ['activitycode', '{"versionId":"9843e3cf-9720"}', '9843e3cf-9720', undefined],
])('reads the stamp of a %s: %s', (kind, payload, text, told) => {
  expect(stampOf(kind, payload)).toEqual({ text, ticks: told })
})

it.each([
  ['contact', '{}'],
  ['contact', '{"lastUpdated":null}'],
  ['contact', '{"lastUpdated":17}'],
  ['contact', '{"lastUpdated":"2026-06-12T05:35:23"}'],
  ['contact', '{"lastUpdated":{"ticks":1}}'],
  ['contact', '7'],
  ['contact', ''],
  ['matter', '{"versionId":"9843e3cf-9720"}'],
  ['event', '{"lastUpdated":"yesterday"}'],
  ['event', '{"lastUpdated":"2026-99-99T05:35:23"}'],
  ['activitycode', '{"versionId":""}'],
  ['files', `{"lastUpdated":${ticks}}`],
  ['constructor', '{"lastUpdated":1}'],
])('finds none in a %s: %s', (kind, payload) => {
  expect(stampOf(kind, payload)).toBeUndefined()
})

it('names an event that catch-up found by its resource and stamp alone', () => {
  const found = (over: object) =>
    readEnvelope(
      JSON.stringify({
        accountId: 'a',
        type: 'contact.updated',
        source: 'CatchUp',
        timestamp: 7,
        ...over,
      }).replace('"stamp"', `${ticks}`),
    )
  const one = found({ payload: { id: 'c', lastUpdated: 'stamp', name: 'Ann' } })
  const again = found({
    payload: { name: 'Ann', id: 'c', lastUpdated: 'stamp' },
    type: 'contact.created',
    timestamp: 9,
  })
  const other = found({ payload: { id: 'd', lastUpdated: 'stamp' } })
  const delivered = found({ payload: { id: 'c', lastUpdated: 'stamp', name: 'Ann' }, source: 'API' })
  expect([one.recovered, delivered.recovered]).toEqual([true, false])
  expect(again.eventId).toBe(one.eventId)
  expect(new Set([one, other, delivered].map(({ eventId }) => eventId)).size).toBe(3)
})

function at(time: string): bigint {
  return dateToTicks(new Date(time))
}
