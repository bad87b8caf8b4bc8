import { expect, it } from 'vitest'
import { wait } from '../../../shared/runtime/clock.ts'
import { backgroundPace, backgroundTurns } from '../../../shared/smokeball-api/background-turns.ts'
import { type TokenBucket, tokenBucket } from '../../../shared/smokeball-api/token-bucket.ts'
import { simulatedDynamodb } from '../../simulation/simulated-dynamodb.ts'
import { idleClock } from './idle-clock.ts'

const startEpochMs = Date.UTC(2026, 10, 23)
const { signal } = new AbortController()

/** Processes that share a table; each lane calls again as soon as it has called. */
function processes() {
  const clock = idleClock(startEpochMs)
  const { client } = simulatedDynamodb({ itemOnFailure: true })
  const deps = { client, tableName: 'events', now: clock.now }
  const bucket = () => tokenBucket(deps)
  const background = () =>
    backgroundTurns({ clock, bucket: bucket(), background: tokenBucket(deps, backgroundPace) })
  /** When each call was made, and how long it had waited. */
  async function calls(from: TokenBucket, { lanes, forMs, maxWaitMs = 20_000 }: Lanes): Promise<Made[]> {
    const made: Made[] = []
    const lane = async () => {
      while (clock.now() < startEpochMs + forMs) {
        const askedEpochMs = clock.now()
        const { kind, waitMs } = await from.take('client', maxWaitMs, signal)
        if (waitMs > 0) await wait(clock, waitMs, signal)
        const atMs = clock.now() - startEpochMs
        if (kind === 'taken') made.push({ atMs, waitedMs: clock.now() - askedEpochMs })
        await wait(clock, 1, signal)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return made
  }
  return { bucket, background, calls }
}

interface Lanes {
  lanes: number
  forMs: number
  maxWaitMs?: number
}
interface Made {
  atMs: number
  waitedMs: number
}

it('come twice a second, for all processes together', async () => {
  const { background, calls } = processes()
  const made = await Promise.all([1, 2].map(() => calls(background(), { lanes: 3, forMs: 10_000 })))
  const inTime = made.flat().filter(({ atMs }) => atMs < 10_000)
  expect(inTime).toHaveLength(20)
})

it('come behind handlers that take all there is, and come all the same', async () => {
  const { bucket, background, calls } = processes()
  const [handlers, behind] = await Promise.all([
    calls(bucket(), { lanes: 8, forMs: 60_000 }),
    calls(background(), { lanes: 3, forMs: 60_000 }),
  ])
  const inTime = [handlers, behind].map((made) => made.filter(({ atMs }) => atMs < 60_000).length)
  const [ofHandlers = 0, ofOthers = 0] = inTime
  expect(ofHandlers + ofOthers).toBeLessThanOrEqual(60 * 5 + 4)
  expect(ofHandlers).toBeGreaterThan(60 * 4)
  expect(ofOthers).toBeGreaterThan(30)
})

it('are none where the time does not suffice for them', async () => {
  const { bucket, background } = processes()
  const turns = background()
  expect(await turns.take('client', 0, signal)).toMatchObject({ kind: 'taken' })
  expect(await turns.take('client', 100, signal)).toMatchObject({ kind: 'full' })
  const others = bucket()
  for (let call = 0; call < 50; call++) await others.take('client', 60_000, signal)
  expect(await turns.take('client', 4_000, signal)).toMatchObject({ kind: 'full' })
})
