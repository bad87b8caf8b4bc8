import { useEffect, useRef, useState } from 'preact/hooks'
import type { Row } from '../api/row.ts'
import { counted } from '../parts/counted.ts'
import { wordsOf } from '../parts/outcome-words.ts'
import { useLive } from './use-live.ts'

const everyMs = 5_000

/** Tells screen readers what came, in one sentence, and not for each event. */
export function Announcer() {
  const [said, say] = useState('')
  const untold = useRef(new Map<string, Row>())
  useLive(({ rows }) => {
    for (const row of rows) untold.current.set(row.eventId, row)
  })
  useEffect(() => {
    const timer = setInterval(() => {
      if (untold.current.size === 0) return
      say(summaryOf([...untold.current.values()]))
      untold.current.clear()
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <p class="visually-hidden" aria-live="polite">
      {said}
    </p>
  )
}

function summaryOf(rows: readonly Row[]): string {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const { word } = wordsOf.row(row)
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const each = [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
  return `${counted(rows.length, 'event')} recorded: ${each}.`
}
