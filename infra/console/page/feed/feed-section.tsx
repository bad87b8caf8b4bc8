import { counted } from '../parts/counted.ts'
import { Moment } from '../parts/moment.tsx'
import { Problem } from '../parts/problem.tsx'
import { FeedTable } from './feed-table.tsx'
import type { Feed } from './use-feed.ts'

/** The feed, and the way to what is older. */
export function FeedSection({ feed, isFiltered }: { feed: Feed; isFiltered: boolean }) {
  const { items, page, isDetached, missed, isAsking } = feed
  return (
    <>
      <Problem text={feed.problem} />
      {isDetached && (
        <p class="note">
          <button type="button" onClick={feed.newest}>
            Back to the newest
          </button>{' '}
          {missed > 0 && `${counted(missed, 'event')} came meanwhile.`}
        </p>
      )}
      <FeedTable items={items} caption="Events, newest first" />
      {items.length === 0 && <p class="empty">{isAsking ? 'Asking…' : emptyText(isFiltered)}</p>}
      <p class="paging">
        {page?.cursor ? (
          <button type="button" onClick={feed.older} disabled={isAsking}>
            Older
          </button>
        ) : (
          page && items.length > 0 && <span class="muted">This is all there is.</span>
        )}{' '}
        {page?.cursor && page.lookedBackTo && (
          <span class="muted">
            Looked back to <Moment iso={page.lookedBackTo} />.
          </span>
        )}
      </p>
    </>
  )
}

function emptyText(isFiltered: boolean): string {
  return isFiltered
    ? 'No event that was looked at is like this. Take filters away, or look at older ones.'
    : 'Nothing was delivered yet. What comes is shown here at once.'
}
