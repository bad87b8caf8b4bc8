import { useState } from 'preact/hooks'
import { consoleApi, type ResourceAnswer } from '../api/console-api.ts'
import type { Row } from '../api/row.ts'

/** The newest events of a resource, and the older ones that were asked for. */
export function useHistory(resourceKey: string, answer: ResourceAnswer) {
  const [asked, setAsked] = useState<Pick<ResourceAnswer, 'events' | 'cursor'>>()
  const [problem, setProblem] = useState<string>()
  const [isAsking, setAsking] = useState(false)
  const cursor = asked ? asked.cursor : answer.cursor

  async function load(from: string): Promise<void> {
    setAsking(true)
    setProblem(undefined)
    await consoleApi.resource(resourceKey, from).then(
      ({ events, cursor: next }) =>
        setAsked((before) => ({ events: joined(before?.events ?? [], events), cursor: next })),
      (error: Error) => setProblem(error.message),
    )
    setAsking(false)
  }

  return {
    rows: joined(answer.events, asked?.events ?? []),
    hasOlder: cursor !== null,
    older: () => void (cursor === null || load(cursor)),
    ...{ isAsking, problem },
  }
}

function joined(rows: readonly Row[], older: readonly Row[]): Row[] {
  const ids = new Set(rows.map(({ eventId }) => eventId))
  return [...rows, ...older.filter(({ eventId }) => !ids.has(eventId))]
}
