import { setTimeout as sleep } from 'node:timers/promises'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { waitingIn } from '../../shared/queue/waiting.ts'

const askMs = 10_000

/** How many messages a queue holds, those that a consumer works on included. */
export async function queueDepth(sqs: SQSClient, queueUrl: string): Promise<number> {
  const { waiting, inWork } = await waitingIn(sqs, queueUrl, AbortSignal.timeout(askMs))
  return waiting + inWork
}

const longestLookMs = 20

/**
 * Waits until nothing is pending; throws when that takes longer than `withinMs`. Looks often at first: a single delivery
 * takes few milliseconds.
 */
export async function untilSettled(pending: () => Promise<number>, withinMs: number): Promise<void> {
  const endsAt = Date.now() + withinMs
  for (let lookMs = 1; ; lookMs = Math.min(lookMs * 2, longestLookMs)) {
    const left = await pending()
    if (left === 0) return
    if (Date.now() > endsAt) throw new Error(`Not settled within ${withinMs} ms: ${left} messages are left.`)
    await sleep(lookMs)
  }
}
