import { isTrouble } from '../../../../shared/event/outcomes.ts'
import { consoleApi, type Deployment } from '../api/console-api.ts'
import type { Row } from '../api/row.ts'
import { ChartStrip } from '../charts/chart-strip.tsx'
import { FeedFilters } from '../feed/feed-filters.tsx'
import { FeedSection } from '../feed/feed-section.tsx'
import { useFeed } from '../feed/use-feed.ts'
import { OutcomeLegend } from '../parts/outcome-legend.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { SendPanel } from '../send/send-panel.tsx'
import type { SentSamples } from '../send/sent-samples.ts'
import { useAnswer } from '../use-answer.ts'
import { useKeptFresh } from '../use-kept-fresh.ts'
import { Announcer } from './announcer.tsx'
import { HandlingBar } from './handling-bar.tsx'

interface Props {
  filter: URLSearchParams
  deployment: Deployment | undefined
  samples: SentSamples
}

const freshness = { everyMs: 30_000, soonMs: 1_000 }

/** What happens, as it happens: it is what one comes for, so all that explains it follows it. */
export function LiveView({ filter, deployment, samples }: Props) {
  const feed = useFeed(filter)
  const asked = useAnswer(consoleApi.status, 'status')
  useKeptFresh(asked, { ...freshness, isNews: ({ rows }) => rows.some(hasFailed) })
  const accounts = asked.answer?.accounts?.map(({ accountId }) => accountId) ?? []
  return (
    <>
      <h1 tabIndex={-1}>Live</h1>
      <HandlingBar lastFailure={asked.answer?.lastFailure ?? undefined} />
      {deployment?.isLocal && <SendPanel {...{ deployment, samples }} />}
      <FeedFilters {...{ filter, deployment, accounts }} />
      <section aria-labelledby="feed-heading">
        <h2 id="feed-heading">Events</h2>
        <Announcer />
        <FeedSection feed={feed} isFiltered={filter.size > 0} />
        {deployment && <p class="muted">{deployment.tableSays}</p>}
      </section>
      <ChartStrip />
      <OutcomeLegend />
    </>
  )
}

function hasFailed(row: Row): boolean {
  return isTrouble(wordsOf.row(row))
}
