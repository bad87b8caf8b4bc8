import type { Answer } from '../../../operate/send/deliver.ts'
import type { PlannedDelivery } from '../../../operate/send/plan-deliveries.ts'
import { styled } from '../../../terminal/terminal.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'

/** What came of a delivery. */
export interface Sent {
  delivery: PlannedDelivery
  answer: Answer
  isExpected: boolean
}

/** One line: status, type, resource id, event id, milliseconds, answer. */
export function answerLine({ delivery, answer, isExpected }: Sent, expected: string): string {
  const columns = [
    styled(isExpected ? 'green' : 'red', String(answer.status)),
    lineForTerminal(delivery.name).padEnd(22),
    lineForTerminal(delivery.resourceId).padEnd(36),
    delivery.event.padEnd(12),
    `${answer.ms.toFixed(1)} ms`.padStart(9),
    lineForTerminal(answer.body),
  ]
  return `${columns.join('  ')}${isExpected ? '' : styled('red', `  (expected ${expected})`)}`
}

/** `sent 1000 in 2.1 s: 1000 × 200 · p50 1.9 ms · p95 2.8 ms · p99 5.0 ms`, and how many answers were not expected. */
export function summary(sent: readonly Sent[], tookMs: number, expected: string): string {
  const statuses = Map.groupBy(sent, ({ answer }) => answer.status)
  const counts = [...statuses].map(([status, group]) => `${group.length} × ${status}`)
  const sorted = sent.map(({ answer }) => answer.ms).sort((a, b) => a - b)
  const latency = [50, 95, 99].map((p) => `p${p} ${percentile(sorted, p).toFixed(1)} ms`)
  const line = `Sent ${sent.length} in ${(tookMs / 1000).toFixed(1)} s: ${[counts.join(', '), ...latency].join(' · ')}`
  const unexpected = sent.filter(({ isExpected }) => !isExpected)
  const shown = unexpected.slice(0, 5).map((one) => `\n${answerLine(one, expected)}`)
  return unexpected.length === 0
    ? line
    : `${line}\n${unexpected.length} answers were not ${expected}:${shown.join('')}`
}

/** The nearest-rank percentile of sorted values. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? 0
}
