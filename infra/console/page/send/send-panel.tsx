import { useState } from 'preact/hooks'
import type { Deployment, HandlerFacts } from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'
import { Problem } from '../parts/problem.tsx'
import { firstType } from './first-type.ts'
import { SendForm } from './send-form.tsx'
import { SentReport } from './sent-report.tsx'
import type { SentSamples } from './sent-samples.ts'
import { useSend } from './use-send.ts'

interface Props {
  deployment: Deployment
  samples: SentSamples
}

/** Sends samples to the local callback URL, so that the product is seen at work. */
export function SendPanel({ deployment, samples: { sent, setSent, isOpen = true, setOpen } }: Props) {
  const handlers = deployment.handlers ?? []
  const [type, setType] = useState(() => firstType(deployment))
  const { send, isBusy, problem } = useSend(type, setSent)
  return (
    <details
      class="panel send"
      open={isOpen}
      onToggle={(event) => event.currentTarget.open !== isOpen && setOpen(event.currentTarget.open)}
    >
      <summary>
        <h2>Send a sample</h2> <span class="muted">and see what is done with it</span>
      </summary>
      <SendForm {...{ types: deployment.eventTypes, type, setType, isBusy, send }} />
      <p class="muted">{takersText(type, handlers)}</p>
      <Problem text={problem} />
      <div aria-live="polite">
        {sent.map((sample) => (
          <SentReport key={sample.atMs} {...{ sample, handlers }} />
        ))}
      </div>
    </details>
  )
}

function takersText(type: string, handlers: readonly HandlerFacts[]): string {
  const takers = handlers.filter(({ types }) => types.some((pattern) => isOfType(type, pattern)))
  if (takers.length === 0) return `No handler is subscribed to ${type}: it is recorded as unhandled.`
  const order = { latest: 'only the newest', every: 'every event' }
  return `Handled by ${takers.map((taker) => `${taker.name} (${order[taker.order]})`).join(', ')}.`
}
