import { expect, it, vi } from 'vitest'
import { trickyLists } from '../../../infra/fake-smokeball/list-traps.ts'
import type { Seen } from '../../../infra/operate/list-probes/assumptions.ts'
import { clock, probedWorld } from './probed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

it.each([0, 1, 2, 3, 4, 5])('doctor --probe-lists sees what the lists of seed %d do', async (seed) => {
  const stops: (() => unknown)[] = []
  const world = await probedWorld(seed, (stop) => void stops.push(stop))
  try {
    const { since, deletedRows } = trickyLists(seed)
    const { code, stdout } = await world.run(['doctor', '--probe-lists', '--json'], { clock })
    const found = JSON.parse(stdout) as Seen[]
    const of = (list: string, probe: string) =>
      found.find((each) => each.list === list && each.probe === probe)
    expect(of('contact', 'exact-time')?.seen).toMatch(
      since === 'inclusive' ? /it is in the list/ : /it is not in the list/,
    )
    const isListed = deletedRows === 'listed'
    expect(of('task', 'deleted')?.verdict).toBe(isListed ? 'as-assumed' : 'loses')
    expect(code).toBe(isListed ? 0 : 1)
    for (const kind of ['matter', 'contact', 'event'])
      expect(of(kind, 'stamps')).toMatchObject({ verdict: 'as-assumed' })
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
})
