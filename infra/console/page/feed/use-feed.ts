import { useEffect, useRef, useState } from 'preact/hooks'
import type { Row } from '../api/console-api.ts'
import { consoleApi, type EventPage } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import {
  type FeedList,
  mostItems,
  noFeedList,
  type PageStart,
  withNewest,
  withNews,
  withOlder,
} from './feed-list.ts'

/** A page of the table may be this much behind. */
const justNowMs = 10_000

export interface Feed extends Pick<FeedList, 'items' | 'reach'> {
  problem: string | undefined
  /** Why the type that is filtered by may be a wrong one. */
  unlisted: string | null
  isAsking: boolean
  /** How many came while older ones are looked at, which are no longer joined to the newest. */
  missed: number
  isDetached: boolean
  older(): void
  newest(): void
}

/** The events that a filter lets through, newest first, as they happen. */
export function useFeed(filter: URLSearchParams): Feed {
  const about = filter.toString()
  const [state, setState] = useState({ about, list: noFeedList })
  // Nothing has been loaded yet for another filter.
  const list = state.about === about ? state.list : noFeedList
  const change = (next: (list: FeedList) => FeedList) =>
    setState((before) => ({ about, list: next(before.about === about ? before.list : noFeedList) }))
  const { ask, isAsking, problem, unlisted } = useFeedPage(filter)
  /** These rows were told while a page was asked for, and that page may not have them yet. */
  const meanwhile = useRef<Row[]>([])

  const live = useLive((news) => {
    meanwhile.current = [...meanwhile.current, ...news.rows].slice(-mostItems)
    if (news.isBack && !list.detached) newest()
    const { waiting, inWork } = live.status?.queue ?? { waiting: 1, inWork: 0 }
    const now = { filter, isIdle: waiting + inWork === 0, nowMs: Date.now() }
    change((before) => withNews(before, news, now))
  })
  const told = () => ({ rows: meanwhile.current, deliveries: live.deliveries })

  function newest(): void {
    // Rows that were told long ago, or before the connection was lost, may have changed.
    meanwhile.current = [...live.rows.values()].filter(isOfJustNow)
    ask(null, (answer) => change((before) => withNewest(before, answer, told(), filter)))
  }

  function older(): void {
    meanwhile.current = []
    ask(list.reach?.next ?? null, (answer) => change((before) => withOlder(before, answer, told(), filter)))
  }

  useEffect(newest, [about])

  const { items, reach, detached } = list
  const isDetached = detached !== undefined
  const missed = detached?.missed.size ?? 0
  return { items, reach, problem, unlisted, isAsking, missed, isDetached, older, newest }
}

function isOfJustNow({ received }: Row): boolean {
  return Date.parse(received) > Date.now() - justNowMs
}

const pageSize = 50

/** Asks for pages of the feed. An answer that was overtaken is left out. */
function useFeedPage(filter: URLSearchParams) {
  const [problem, setProblem] = useState<string>()
  const [unlisted, setUnlisted] = useState<string | null>(null)
  const [isAsking, setAsking] = useState(true)
  const asked = useRef(0)

  async function load(start: PageStart | null, take: (page: EventPage) => void): Promise<void> {
    asked.current += 1
    const mine = asked.current
    setAsking(true)
    const limit = String(pageSize)
    const query = new URLSearchParams({ ...Object.fromEntries(filter), limit, ...start })
    const settle = (done: () => void) => {
      if (asked.current !== mine) return
      done()
      setAsking(false)
    }
    await consoleApi.events(query).then(
      (answer) =>
        settle(() => {
          take(answer)
          setUnlisted(answer.unlisted)
          setProblem(undefined)
        }),
      (error: Error) => settle(() => setProblem(error.message)),
    )
  }

  const ask = (start: PageStart | null, take: (page: EventPage) => void) => void load(start, take)
  return { ask, isAsking, problem, unlisted }
}
