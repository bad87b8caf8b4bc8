import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lateEvents, timelinePlaces } from '../../../infra/console/page/resource/timeline-entries.ts'
import { hrefOf, readResourceKey, routeOf } from '../../../infra/console/page/route.ts'
import { readResourceKey as asTheServerReads, resourceKey } from '../../../shared/event/event-identity.ts'

/** Two can be of the same millisecond, too. */
const atMs = fc.oneof(fc.nat(3), fc.nat(1e12))
const track = fc.constantFrom('happened' as const, 'arrived' as const)

it('the timeline keeps the order of time on both tracks, and puts no two moments of one track at one place', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ atMs, track }), { minLength: 2 }), (points) => {
      const places = timelinePlaces(points)
      for (const [a, first] of points.entries())
        for (const [b, second] of points.entries()) {
          const [placeA = 0, placeB = 0] = [places[a], places[b]]
          expect(placeA).toBeGreaterThanOrEqual(0)
          expect(placeA).toBeLessThanOrEqual(1)
          if (first.atMs < second.atMs) expect(placeA).toBeLessThan(placeB)
          if (a !== b && first.track === second.track) expect(placeA).not.toBe(placeB)
        }
    }),
  )
})

it('an event is late that arrived after one that happened later', () => {
  const row = (eventId: string, ticks: bigint, received: string) => ({
    ...{ eventId, ticks: String(ticks), received: `2026-07-01T09:30:0${received}Z` },
    ...{ reference: '', type: '', status: 'handled' as const, accountId: '', handlers: {}, attempts: 1 },
    ...{ resource: { kind: '', id: '' }, resourceKey: '', happened: '' },
    ...{ requestId: '', subscriptionId: undefined, source: undefined, userId: undefined },
  })
  const first = 2n ** 60n
  const rows = [row('third', first + 2n, '2'), row('second', first + 1n, '3'), row('first', first, '1')]
  expect([...lateEvents(rows)]).toEqual(['second'])
})

it('a link leads back to what it was made of, whatever the ids hold', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 })
  fc.assert(
    fc.property(text, text, text, (accountId, kind, id) => {
      const key = resourceKey(accountId, kind, id)
      expect(routeOf(hrefOf.resource({ resourceKey: key }))).toEqual({ view: 'resource', resourceKey: key })
      expect(readResourceKey(key)).toEqual(asTheServerReads(key))
      expect(routeOf(hrefOf.event(id))).toEqual({ view: 'event', reference: id })
    }),
  )
  expect(hrefOf.event('\ud800')).toBe('#/event/%EF%BF%BD')
  expect(routeOf('#/event/%')).toEqual({ view: 'unknown' })
  const [half, long] = [resourceKey('a', 'contact', '\ud800'), resourceKey('a', 'contact', 'x'.repeat(300))]
  for (const key of [half, long]) {
    expect(routeOf(hrefOf.resource({ resourceKey: key }))).toEqual({ view: 'resource', resourceKey: key })
    expect(readResourceKey(key)).toEqual(asTheServerReads(key))
  }
})
