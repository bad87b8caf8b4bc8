import { expect, it } from 'vitest'
import type { Delivery, EventPage, Row } from '../../../infra/console/page/api/console-api.ts'
import {
  type FeedList,
  mostItems,
  noFeedList,
  withNewest,
  withNews,
  withOlder,
} from '../../../infra/console/page/feed/feed-list.ts'

const all = new URLSearchParams()
const failed = new URLSearchParams({ outcome: 'failed' })
const start = Date.parse('2026-07-01T09:30:00Z')
const nothing = { rows: [], deliveries: [] }

/** The event that was received so many seconds after the start. */
function row(at: number, status: Row['status'] = 'handled'): Row {
  const received = new Date(start + at * 1000).toISOString()
  return {
    ...{ eventId: `e${at}.`, reference: `r${at}`, type: 'contact.updated', status, received },
    ...{ accountId: 'a', resource: { kind: 'contact', id: '1' }, resourceKey: 'a|contact|1' },
    ...{ happened: received, ticks: '1', attempts: 1, handlers: {} },
    ...{ requestId: '', subscriptionId: undefined, source: undefined, userId: undefined },
  }
}

/** Events of these seconds, the first of them the newest. */
function pageOf(from: number, to: number, cursor: string | null = 'more'): EventPage {
  const events = Array.from({ length: from - to + 1 }, (_, index) => row(from - index))
  return {
    events,
    cursor,
    looked: events.length,
    lookedBackTo: events.at(-1)?.received ?? null,
    unlisted: null,
  }
}

function delivery(at: number, outcome: Delivery['outcome']): Delivery {
  return { seq: at, at: row(at).received, outcome, event: `e${at}.` }
}

const keys = ({ items }: FeedList) => items.map(({ key }) => key)
const seconds = (from: number, to: number) => pageOf(from, to).events.map(({ eventId }) => eventId)
const news = (list: FeedList, rows: Row[], filter = all) =>
  withNews(list, { rows, deliveries: [] }, { filter, isIdle: false, nowMs: start })

/** More than is drawn at once, looked at down to the oldest. */
function detached(): FeedList {
  const first = withNewest(noFeedList, pageOf(500, 201), nothing, all)
  return withOlder(first, pageOf(200, 1, null), nothing, all)
}

it('goes on changing the lines that are shown when the newest no longer are', () => {
  const before = detached()
  expect([keys(before).length, before.detached?.missed.size]).toEqual([mostItems, 0])
  const after = news(before, [row(300, 'failed')])
  expect(after.items.find(({ key }) => key === 'e300.')?.row?.status).toBe('failed')
  expect(keys(after)).toEqual(keys(before))
})

it('counts what came meanwhile once, and only what the filter lets through', () => {
  const hidden = row(450)
  const after = news(
    news(detached(), [row(501, 'failed'), row(502), hidden], failed),
    [row(501, 'failed')],
    failed,
  )
  expect([...(after.detached?.missed ?? [])]).toEqual(['e501.'])
})

it('keeps older pages when the first is asked for again, as far as it reaches back to them', () => {
  const first = withNewest(noFeedList, pageOf(100, 51), nothing, all)
  const both = withOlder(first, pageOf(50, 1, null), nothing, all)
  const joined = withNewest(both, pageOf(120, 71), nothing, all)
  expect([keys(joined), joined.reach?.next]).toEqual([seconds(120, 1), null])
  // Between the page and what was shown, others are missing.
  const apart = withNewest(both, pageOf(220, 171), nothing, all)
  expect([keys(apart), apart.reach?.next]).toEqual([seconds(220, 171), { cursor: 'more' }])
})

it('takes away what is no longer as the filter wants it', () => {
  const first = withNewest(
    noFeedList,
    { ...pageOf(3, 1), events: [row(3, 'failed'), row(2, 'failed')] },
    nothing,
    failed,
  )
  const again = withNewest(first, { ...pageOf(3, 1), events: [row(3, 'failed')] }, nothing, failed)
  expect(keys(again)).toEqual(['e3.'])
})

it('keeps what is told while a page is asked for', () => {
  const first = withNewest(noFeedList, pageOf(100, 51), nothing, all)
  const told = news(first, [row(101)])
  const changed = { rows: [row(50, 'failed')], deliveries: [] }
  const both = withOlder(told, pageOf(50, 1, null), changed, all)
  expect(keys(both)).toEqual(seconds(101, 1))
  expect(both.items.find(({ key }) => key === 'e50.')?.row?.status).toBe('failed')
})

it('shows deliveries beside the events of their time, and each once', () => {
  const deliveries = [delivery(20, 'refused'), delivery(60, 'accepted'), delivery(70, 'refused')]
  const first = withNewest(noFeedList, pageOf(100, 51), { rows: [], deliveries }, all)
  expect(first.items.flatMap(({ delivery }) => delivery?.seq ?? [])).toEqual([70])
  const again = withNews(first, { rows: [], deliveries }, { filter: all, isIdle: false, nowMs: start })
  expect(keys(again)).toEqual(keys(first))
  const both = withOlder(again, pageOf(50, 1, null), { rows: [], deliveries }, all)
  expect(both.items.flatMap(({ delivery }) => delivery?.seq ?? [])).toEqual([70, 20])
})

it('gets back by the next page what had no more room at the end', () => {
  const first = withNewest(noFeedList, pageOf(50, 1, null), nothing, all)
  const full = news(first, pageOf(500, 51).events)
  expect(keys(full)).toEqual(seconds(500, 101))
  expect(full.reach?.next).toEqual({ until: row(101).received })
  const both = withOlder(full, pageOf(101, 52), nothing, all)
  expect(keys(both)).toEqual(seconds(451, 52))
})
