import { expect } from 'vitest'
import { catchUpWorld, listAt, type Path, paths } from './catch-up-world.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export interface Fortnight {
  seed: number
  firms: number
  changes: number
  /** Of all deliveries. */
  dropped: number
  /** A day without a subscription, an hour in which the receiver refuses, and processes that die. */
  hasTroubles: boolean
}

/** A small generator of numbers in [0, 1): the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Two weeks of changes at Smokeball, whose deliveries come in some seconds or never, with the keeper's runs every quarter of an
 * hour; and two quiet nights. Checks what catch-up promises, and returns what came of it.
 */
export async function runFortnight({ seed, firms, changes, dropped, hasTroubles }: Fortnight) {
  const random = randomOf(seed)
  const startEpochMs = Date.UTC(2026, 10, 2)
  const endEpochMs = startEpochMs + 14 * dayMs
  const indexLagMs = 5_000
  const world = catchUpWorld({ startEpochMs, firms, random, isInclusive: seed % 2 === 0, indexLagMs })
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const changed = new Set<Path>(paths)
  const plan = Array.from({ length: changes }, () => ({
    atEpochMs: startEpochMs + hourMs + Math.floor(random() * (13 * dayMs)),
    ...{
      accountId: pick(world.accountIds),
      path: pick([...paths, ...ofMatter]),
      id: `r-${Math.floor(random() * 60)}`,
    },
    isDeleted: random() < 0.03,
    isDropped: random() < dropped,
    afterMs: 500 + Math.floor(random() * 20_000),
  })).sort((a, b) => a.atEpochMs - b.atEpochMs)
  /** The third day of the first firm has no subscription; on the fifth, the receiver refuses for an hour. */
  const isLost = ({ accountId, atEpochMs }: (typeof plan)[number]) => {
    const ms = atEpochMs - startEpochMs
    const isGone = accountId === world.accountIds[0] && ms > 2 * dayMs && ms < 3 * dayMs
    return hasTroubles && (isGone || (ms > 5 * dayMs && ms < 5 * dayMs + hourMs))
  }

  const due: { atEpochMs: number; text: string }[] = []
  const delivered = new Set<string>()
  async function happen(): Promise<void> {
    for (let next = plan[0]; next && next.atEpochMs <= world.now(); next = plan[0]) {
      plan.shift()
      const { isDeleted, isDropped, accountId, id } = next
      const path = pathOf(next.path, id)
      changed.add(path)
      const texts = [world.change(accountId, path, id, { isDeleted })]
      // What belongs to a matter changes it, too.
      if (path !== next.path) texts.push(world.change(accountId, '/matters', id))
      for (const text of texts)
        if (!isDropped && !isLost(next)) due.push({ atEpochMs: next.atEpochMs + next.afterMs, text })
    }
    due.sort((a, b) => a.atEpochMs - b.atEpochMs)
    for (let next = due[0]; next && next.atEpochMs <= world.now(); next = due[0]) {
      due.shift()
      delivered.add(payloadOf(next.text))
      await world.deliver(next.text)
    }
  }
  world.onCall(happen)

  let deaths = 0
  while (world.now() < endEpochMs + 2 * dayMs) {
    const nextRunEpochMs = world.now() + 15 * minuteMs
    while (plan[0] && plan[0].atEpochMs <= nextRunEpochMs) {
      world.set(plan[0].atEpochMs)
      await happen()
    }
    world.set(nextRunEpochMs)
    await happen()
    const dies = hasTroubles && random() < 0.2
    if (dies) deaths++
    await world.run(dies ? { dyingAfter: Math.floor(random() * 40) } : {})
    await world.consume()
  }

  const recovered = world.handled.filter((event) => event.recovered)
  const twice = recovered.filter(({ payloadText }) => delivered.has(payloadText))
  expect(twice.map(({ payloadText }) => payloadText)).toEqual([])
  expect(new Set(recovered.map(({ id }) => id)).size).toBe(recovered.length)
  const newest = new Map(
    world.handled.map((event) => [`${event.accountId} ${event.resource.kind} ${event.resource.id}`, event]),
  )
  let resources = 0
  for (const accountId of world.accountIds)
    for (const path of changed)
      for (const [id, { text }] of world.held(accountId, path)) {
        resources++
        expect(newest.get(`${accountId} ${listAt(path).kind} ${id}`)?.payloadText).toBe(text)
      }
  return {
    recovered: recovered.length,
    resources,
    deaths,
    calls: world.calls.length,
    handled: world.handled.length,
  }
}

/** Lists of one matter: one that tells versions alone, and one without a filter. */
const ofMatter = ['fees', 'memos'] as const

function pathOf(of: (typeof paths)[number] | (typeof ofMatter)[number], id: string): Path {
  return of === 'fees' || of === 'memos' ? `/matters/${id}/${of}` : of
}

function payloadOf(notification: string): string {
  return /"payload":(\{.*\}),"timestamp"/.exec(notification)?.[1] ?? ''
}
