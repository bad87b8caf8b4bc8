import { useRef, useState } from 'preact/hooks'
import { consoleApi, type EventPage } from '../api/console-api.ts'
import type { PageStart } from './feed-reach.ts'

const pageSize = 50

/** Asks for pages of the feed. An answer that was overtaken is left out. */
export function useFeedPage(filter: URLSearchParams) {
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
