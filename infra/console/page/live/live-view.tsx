import { consoleApi, type Deployment } from '../api/console-api.ts'
import { ChartStrip } from '../charts/chart-strip.tsx'
import { FeedFilters } from '../feed/feed-filters.tsx'
import { FeedSection } from '../feed/feed-section.tsx'
import { useFeed } from '../feed/use-feed.ts'
import { OutcomeLegend } from '../parts/outcome-legend.tsx'
import { SendPanel } from '../send/send-panel.tsx'
import type { SentSamples } from '../send/sent-samples.ts'
import { useAnswer } from '../use-answer.ts'
import { Announcer } from './announcer.tsx'
import { HandlingBar } from './handling-bar.tsx'

interface Props {
  filter: URLSearchParams
  deployment: Deployment | undefined
  samples: SentSamples
}

/** What happens, as it happens. */
export function LiveView({ filter, deployment, samples }: Props) {
  const feed = useFeed(filter)
  const { answer: status } = useAnswer(consoleApi.status, 'status')
  const accounts = status?.accounts?.map(({ accountId }) => accountId) ?? []
  const isNew = filter.size === 0 && feed.page !== undefined && feed.items.length === 0
  return (
    <>
      <h1 tabIndex={-1}>Live</h1>
      <HandlingBar lastFailure={status?.lastFailure ?? undefined} />
      {deployment?.isLocal && <SendPanel {...{ deployment, samples, isNew }} />}
      <ChartStrip />
      <OutcomeLegend />
      <FeedFilters {...{ filter, deployment, accounts }} />
      <section aria-labelledby="feed-heading">
        <h2 id="feed-heading">Events</h2>
        <Announcer />
        <FeedSection feed={feed} isFiltered={filter.size > 0} />
        {deployment && <p class="muted">{deployment.tableSays}</p>}
      </section>
    </>
  )
}
