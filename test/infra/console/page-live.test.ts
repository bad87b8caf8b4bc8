import { expect, it } from 'vitest'
import type { Delivery } from '../../../infra/console/page/api/console-api.ts'
import { shouldLook } from '../../../infra/console/page/dead-letters/use-dead-letters.ts'
import {
  type LiveNews,
  type LiveStore,
  takeMessage,
  tellEach,
} from '../../../infra/console/page/live/live-store.ts'

const at = '2026-07-01T09:30:00.000Z'

function taking() {
  const store: LiveStore = {
    ...{ connection: 'live', status: undefined, problems: {}, depths: [], rows: new Map() },
    ...{ deliveries: [], listen: () => () => {} },
  }
  const news: LiveNews = { rows: [], deliveries: [], isBack: false }
  return { store, news, take: takeMessage(store, () => news) }
}

const refused = (seq: number): Delivery => ({ seq, at, outcome: 'refused' })

it('takes a delivery that is told again for the one that it knows', () => {
  const { store, news, take } = taking()
  for (const seq of [3, 4, 9, 3, 4, 9, 10]) take.delivery(refused(seq))
  expect(news.deliveries.map(({ seq }) => seq)).toEqual([3, 4, 9, 10])
  expect(store.deliveries).toEqual(news.deliveries)
})

it('keeps a problem of each source until that source works again, whatever else is told', () => {
  const { store, take } = taking()
  const depth = { waiting: 0, inWork: 0 }
  take.problem({ source: 'events', error: 'The table is away.' })
  take.problem({ source: 'status', error: 'The queue is away.' })
  take.status({
    at,
    handling: 'enabled',
    queue: depth,
    delayed: depth,
    deadLetters: depth,
    local: null,
    handlers: '',
  })
  expect(store.problems).toEqual({ events: 'The table is away.', status: 'The queue is away.' })
  take.problem({ source: 'status', error: null })
  expect(store.problems).toEqual({ events: 'The table is away.' })
})

it('looks at the dead letters again only when there are others than at the last look', () => {
  const seen = { count: 520, elsewhere: 0 }
  expect(shouldLook(520, undefined, seen)).toBe(false)
  expect(shouldLook(521, 520, seen)).toBe(true)
  expect(shouldLook(undefined, 520, seen)).toBe(false)
  // Three of them were elsewhere at the look.
  expect(shouldLook(523, 523, { count: 520, elsewhere: 3 })).toBe(false)
  expect(shouldLook(2, undefined, undefined)).toBe(true)
})

it('tells all listeners, also if one of them fails', () => {
  const heard: string[] = []
  const failure = new Error('no words for it')
  const fails = () => {
    throw failure
  }
  const reported: unknown[] = []
  tellEach([fails, (news: string) => heard.push(news)], 'news', (error) => reported.push(error))
  expect([heard, reported]).toEqual([['news'], [failure]])
})
