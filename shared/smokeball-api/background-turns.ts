import { type Clock, wait } from '../runtime/clock.ts'
import type { Pace, TokenBucket } from './token-bucket.ts'

/** 40 % of Smokeball's 5 calls a second, for all that run in the background together. */
export const backgroundPace: Pace = { row: 'background', spacingMs: 500, burstMs: 0 }

/** Who has let others go first for so long takes a turn behind those who wait, or a busy client would never be looked after. */
const patienceMs = 3_000

interface BackgroundTurnsDeps {
  clock: Clock
  /** The turns that all callers share. */
  bucket: TokenBucket
  /** The turns of what runs in the background, in all processes together. */
  background: TokenBucket
}

/**
 * Turns for calls that nobody waits for: they have a slower pace of their own, and let the handlers' calls go first. Each call
 * takes a turn in both rows, so it costs one write more.
 */
export function backgroundTurns({ clock, bucket, background }: BackgroundTurnsDeps): TokenBucket {
  return {
    async take(clientId, maxWaitMs, signal) {
      const untilEpochMs = clock.now() + maxWaitMs
      const own = await background.take(clientId, maxWaitMs, signal)
      if (own.kind === 'full') return own
      if (own.waitMs > 0) await wait(clock, own.waitMs, signal)
      const patientUntilEpochMs = Math.min(clock.now() + patienceMs, untilEpochMs)
      for (;;) {
        const patientMs = patientUntilEpochMs - clock.now()
        const isPatient = patientMs > 0
        const longestMs = isPatient ? 0 : Math.max(untilEpochMs - clock.now(), 0)
        const shared = await bucket.take(clientId, longestMs, signal)
        if (shared.kind === 'taken' || !isPatient) return shared
        await wait(clock, Math.min(Math.max(shared.waitMs, 1), patientMs), signal)
      }
    },
  }
}
