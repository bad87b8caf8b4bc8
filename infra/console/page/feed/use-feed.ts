import { useEffect, useRef, useState } from 'preact/hooks'
import { consoleApi, type EventPage } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { type FeedItem, itemOfRow } from './feed-item.ts'
import { mergeFeed, withoutWaiting } from './merge-feed.ts'

/** So many lines a browser draws at once without effort. */
const mostItems = 400
const pageSize = 50
const waitsAtLeastMs = 5_000

export interface Feed {
  items: readonly FeedItem[]
  page: Omit<EventPage, 'events'> | undefined
  problem: string | undefined
  isAsking: boolean
  /** How many came while older ones are looked at, which are no longer joined to the newest. */
  missed: number
  isDetached: boolean
  older(): void
  newest(): void
}

/** The events that a filter lets through, newest first, as they happen. */
export function useFeed(filter: URLSearchParams): Feed {
  const [items, setItems] = useState<readonly FeedItem[]>([])
  const [page, setPage] = useState<Feed['page']>()
  const [problem, setProblem] = useState<string>()
  const [isAsking, setAsking] = useState(true)
  const [isDetached, setDetached] = useState(false)
  const [missed, setMissed] = useState(0)
  const asked = useRef(0)
  const about = filter.toString()

  const live = useLive((news) => {
    if (news.isBack && !isDetached) newest()
    if (isDetached) return setMissed(missed + news.rows.length)
    if (!page) return
    const told = { ...news, rows: news.rows.filter(isWithin(page)) }
    setItems((before) => {
      const merged = mergeFeed(before, told, filter)
      const isIdle = live.status && live.status.queue.waiting + live.status.queue.inWork === 0
      return (isIdle ? withoutWaiting(merged, Date.now() - waitsAtLeastMs) : merged).slice(0, mostItems)
    })
  })

  async function ask(cursor: string | null, take: (page: EventPage) => void): Promise<void> {
    asked.current += 1
    const mine = asked.current
    setAsking(true)
    const query = new URLSearchParams({ ...Object.fromEntries(filter), limit: String(pageSize) })
    if (cursor !== null) query.set('cursor', cursor)
    try {
      const answer = await consoleApi.events(query)
      if (asked.current !== mine) return
      take(answer)
      setPage(answer)
      setProblem(undefined)
    } catch (error) {
      if (asked.current === mine) setProblem((error as Error).message)
    }
    if (asked.current === mine) setAsking(false)
  }

  function newest(): void {
    setDetached(false)
    setMissed(0)
    void ask(null, (answer) => {
      const { events } = answer
      const told = { rows: [...live.rows.values()].filter(isWithin(answer)), deliveries: live.deliveries }
      setItems(mergeFeed(events.map(itemOfRow), told, filter).slice(0, mostItems))
    })
  }

  function older(): void {
    void ask(page?.cursor ?? null, ({ events }) => {
      const all = mergeFeed(items, { rows: events, deliveries: [] }, new URLSearchParams())
      if (all.length > mostItems) setDetached(true)
      setItems(all.slice(-mostItems))
    })
  }

  useEffect(() => {
    setItems([])
    setPage(undefined)
    newest()
  }, [about])

  return { items, page, problem, isAsking, missed, isDetached, older, newest }
}

/** What is older than all that was looked at comes by a page of its own: shown before, it would hide that others are missing. */
function isWithin({ cursor, lookedBackTo }: Pick<EventPage, 'cursor' | 'lookedBackTo'>) {
  return ({ received }: { received: string }) =>
    cursor === null || lookedBackTo === null || Date.parse(received) >= Date.parse(lookedBackTo)
}
