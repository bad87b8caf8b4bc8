import type { Row } from '../api/row.ts'
import { isLate, isOwn } from './feed-filter.ts'

/** What else is worth seeing at once, of an event whose outcome does not say it already. */
export function EventMarks({ row }: { row: Row }) {
  return (
    <>
      {row.status !== 'own' && isOwn(row) && (
        <span class="tag" title="An echo of your own API write">
          own
        </span>
      )}
      {isLate(row) && (
        <span class="tag" title="It came after a newer event of the same resource">
          late
        </span>
      )}
      {row.attempts > 1 && (
        <span class="tag" title="So often it was run">
          {row.attempts} attempts
        </span>
      )}
    </>
  )
}
