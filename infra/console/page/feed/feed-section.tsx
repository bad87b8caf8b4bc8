import { useEffect, useRef } from 'preact/hooks'
import { counted } from '../parts/counted.ts'
import { Moment } from '../parts/moment.tsx'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import type { FeedReach } from './feed-list.ts'
import { FeedTable } from './feed-table.tsx'
import type { Feed } from './use-feed.ts'

/** The feed, and the way to what is older. */
export function FeedSection({ feed, isFiltered }: { feed: Feed; isFiltered: boolean }) {
  const { items, reach, isDetached, missed, isAsking } = feed
  return (
    <>
      <Problem text={feed.problem} />
      {feed.unlisted && <p class="note">{feed.unlisted}</p>}
      {isDetached && (
        <p class="note">
          <button type="button" onClick={feed.newest}>
            Back to the newest
          </button>{' '}
          {missed > 0 && `${counted(missed, 'event')} came meanwhile.`}
        </p>
      )}
      <FeedTable items={items} caption="Events, newest first" />
      {items.length === 0 && (
        <p class="empty">{reach ? emptyText(isFiltered, reach.next !== null) : isAsking && 'Asking…'}</p>
      )}
      {reach && <Paging feed={feed} reach={reach} />}
    </>
  )
}

function Paging({ feed, reach }: { feed: Feed; reach: FeedReach }) {
  const end = useRef<HTMLSpanElement>(null)
  const wasOlder = useRef(false)
  const hasOlder = reach.next !== null
  // After the last page the button is gone, and the focus with it.
  useEffect(() => {
    if (wasOlder.current && document.activeElement === document.body) end.current?.focus()
    wasOlder.current = hasOlder
  }, [hasOlder])
  return (
    <p class="paging">
      {hasOlder ? (
        <PressButton isOff={feed.isAsking} onPress={feed.older}>
          Older
        </PressButton>
      ) : (
        feed.items.length > 0 && (
          <span class="muted" ref={end} tabIndex={-1}>
            This is all there is.
          </span>
        )
      )}{' '}
      {hasOlder && reach.lookedBackTo && (
        <span class="muted">
          Looked back to <Moment iso={reach.lookedBackTo} />.
        </span>
      )}
    </p>
  )
}

function emptyText(isFiltered: boolean, hasOlder: boolean): string {
  if (!isFiltered) return 'Nothing was delivered yet. What comes is shown here at once.'
  const others = hasOlder ? ', or look at older ones' : ''
  return `No event that was looked at is like this. Take filters away${others}.`
}
