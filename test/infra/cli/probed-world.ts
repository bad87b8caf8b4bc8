import { expect, vi } from 'vitest'
import { trickyLists } from '../../../infra/fake-smokeball/list-traps.ts'
import { systemClock } from '../../../shared/runtime/clock.ts'
import { changeLists } from '../../../shared/smokeball-api/lists.ts'
import { connectAll, firm, type WholeWorld, wholeWorld } from './deployed-world.ts'

const types = 'matter.* contact.* task.* event.* activitycode.*'
/** The lists that are probed. */
export const lists = changeLists.filter(({ kind }) => types.includes(`${kind}.*`))
/** Everything in the lists has settled by then. */
export const clock = { ...systemClock, now: () => systemClock.now() + 20 * 60_000 }

/** A world with traps by this seed, in which resources of each list were created, and one of most was deleted. */
export async function probedWorld(seed: number, stop: (stop: () => unknown) => void): Promise<WholeWorld> {
  const traps = { ...trickyLists(seed), staleMs: 0, notYetMs: 0 }
  const made = await wholeWorld({ onTestFinished: stop } as never, { types, lists: traps })
  await connectAll(made)
  await made.run(['subscriptions', 'ensure'])
  const change = (collection: string, id: string, action: 'created' | 'updated' | 'deleted') =>
    made.fake.change({ accountId: firm, collection, id }, { action, fields: { status: 'Open' } })
  for (const { path } of lists) {
    const collection = path.slice(1)
    for (const nth of [1, 2, 3, 4, 5, 6]) change(collection, `${collection}-${nth}`, 'created')
    await made.fake.settled()
    // Smokeball lists no type for a calendar event that was created.
    if (path === '/events') change(collection, `${collection}-1`, 'updated')
    change(collection, `${collection}-4`, 'deleted')
    await made.fake.settled()
  }
  const last = /activitycodes-4/
  await vi.waitFor(async () => expect(await made.tableText()).toMatch(last), 10_000)
  return made
}
