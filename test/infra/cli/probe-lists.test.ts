import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { deploymentOf, eventTableOf, keepDepsOf } from '../../../infra/operate/deployment.ts'
import { assumptions, type Seen } from '../../../infra/operate/list-probes/assumptions.ts'
import { costOf, probeLists } from '../../../infra/operate/list-probes/probe-lists.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import type { SmokeballApi } from '../../../shared/smokeball-api/smokeball-api.ts'
import { firm, type WholeWorld } from './deployed-world.ts'
import { clock, lists, probedWorld } from './probed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const stops: (() => unknown)[] = []
let world: WholeWorld
let deployment: ReturnType<typeof deploymentOf>

beforeAll(async () => {
  world = await probedWorld(1, (stop) => void stops.push(stop))
  const { local } = world
  deployment = deploymentOf({ outputs: local.outputs, aws: awsOf(local) })
  stops.push(deployment.destroy)
})
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop()
})

/** What is seen where Smokeball takes each call for another one, by its query. */
async function seenBehind(behind: (query: URLSearchParams) => void, kind = 'contact'): Promise<Seen[]> {
  const { background } = keepDepsOf(deployment).access
  const api: Pick<SmokeballApi, 'fetch'> = {
    fetch(accountId, path, init, context) {
      const [pathname = '', query] = path.split('?')
      const params = new URLSearchParams(query)
      if (query !== undefined) behind(params)
      return background.fetch(accountId, query === undefined ? path : `${pathname}?${params}`, init, context)
    },
  }
  const limit = timeLimitOf(Date.now(), 60_000, new AbortController().signal)
  return probeLists(
    { api, table: eventTableOf(deployment), clock, tell: () => {} },
    { accountId: firm, lists: lists.filter((list) => list.kind === kind) },
    { limit },
  )
}

const of = (found: readonly Seen[], list: string, probe: string) =>
  found.filter((each) => each.list === list && each.probe === probe)

describe('doctor --probe-lists', () => {
  it('tells what the lists show, with ids, stamps and counts alone, and fails where changes would be lost', async () => {
    const before = world.fake.requests.length
    const { code, stdout, stderr } = await world.run(['doctor', '--probe-lists', '--json'], { clock })
    const found = JSON.parse(stdout) as Seen[]
    const calls = world.fake.requests.slice(before)
    const { calls: most } = costOf(lists)
    expect(stderr).toContain(
      `Probing 5 lists of firm-1 (matter, contact, task, event, activitycode): at most ${most} calls`,
    )
    expect(calls.length).toBeLessThan(most)
    expect(new Set(calls.map(({ method, path }) => (path.includes('oauth2') ? 'token' : method)))).toEqual(
      new Set(['token', 'GET']),
    )
    expect(stdout).not.toMatch(/Jane|Smith|firstName|description/)
    for (const [list, probe, verdict, seen] of [
      ['contact', 'exact-time', 'as-assumed', /it is not in the list from the very time/],
      ['matter', 'exact-time', 'as-assumed', /it is in the list from the second/],
      ['contact', 'filter', 'as-assumed', /in the list from an hour before that, and not from an hour after/],
      [
        'event',
        'fractions',
        'as-assumed',
        /fractions of a second are refused \(400\); a time with a zone is refused/,
      ],
      [
        'task',
        'fractions',
        'as-assumed',
        /fractions of a second are refused \(400\); a time without a zone is taken/,
      ],
      ['contact', 'order', 'as-assumed', /rows have/],
      ['contact', 'sort', 'as-assumed', /the oldest change first/],
      ['task', 'offset', 'as-assumed', /begins with the second row/],
      ['task', 'page-size', 'as-assumed', /: no more rows follow/],
      ['contact', 'deleted', 'as-assumed', /contacts-4, deleted .*: the list has it, and says so/],
      ['task', 'deleted', 'loses', /tasks-4, deleted .*: it is not in the list/],
      ['event', 'matter', 'as-assumed', /^0 of \d+ rows name one/],
      ['event', 'zone', 'as-assumed', /its stamp is/],
      [
        'contact',
        'stamps',
        'as-assumed',
        /of 3 resources .* 3 with the stamp of the payload, 0 .* 3 have the stamp of the single/,
      ],
      ['activitycode', 'stamps', 'as-assumed', /3 with the stamp of the payload/],
      ['activitycode', 'filter', 'not-seen', /no row tells when/],
      ['all', 'soonness', 'not-seen', /^only a write shows it/],
    ] as const)
      expect(of(found, list, probe)).toMatchObject([{ verdict, seen: expect.stringMatching(seen) }])
    expect(code).toBe(1)
  })

  it('asks which account is meant where there are several, and takes no other checks', async () => {
    await world.accounts.add('firm-2', new AbortController().signal)
    const { code, stderr } = await world.run(['doctor', '--probe-lists'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('Say which: --account firm-1 or firm-2')])
    const { stdout } = await world.run(['doctor', '--probe-lists', '--account', firm], { clock })
    await world.accounts.remove('firm-2', new AbortController().signal)
    expect(stdout).toMatch(/^Probing 5 lists of firm-1/)
    expect(stdout).toMatch(/\n✓ contact, sort: .*\n {4}Assumed: .*\. What follows: Nothing\.\n/)
    expect(stdout).toMatch(/\n✗ task, deleted: /)
    expect(stdout).toMatch(
      /\n\d\d of \d\d findings are as assumed, and \d could not be told\. Changes that no delivery tells of may not be found in the lists of: task, activitycode\.\n$/,
    )
    expect(stdout).not.toContain('noop')
  })

  it('leaves out resources whose newest state came from a list, and by no webhook', async () => {
    const contact = { accountId: firm, collection: 'contacts', id: 'contacts-5' }
    world.fake.change(contact, { fields: { note: 'x' }, isTold: false })
    await world.fake.settled()
    const [before] = of(await seenBehind(() => {}), 'contact', 'stamps')
    expect(before).toMatchObject({
      verdict: 'harmless',
      seen: expect.stringMatching(/2 with .* 1 with a newer/),
    })
    await world.run(['catch-up', '--since', '1h', '--now', '--kinds', 'contact'])
    const isHandled = async () => (await world.tableText()).includes('"S":"CatchUp"')
    await expect.poll(isHandled, { timeout: 10_000 }).toBe(true)
    const [after] = of(await seenBehind(() => {}), 'contact', 'stamps')
    expect(after).toMatchObject({
      verdict: 'as-assumed',
      seen: expect.stringMatching(/of 3 .* 3 with .* 0 with a newer/),
    })
  })

  it.each([
    [
      'sorts the other way',
      'contact',
      'sort',
      'harmless',
      (query: URLSearchParams) => query.set('Sort', 'desc(LastUpdated)'),
    ],
    ['does not heed `Offset`', 'task', 'offset', 'loses', (query: URLSearchParams) => query.delete('Offset')],
    [
      'has shorter pages',
      'contact',
      'page-size',
      'loses',
      (query: URLSearchParams) => query.set('Limit', '2'),
    ],
    [
      'does not heed its filter',
      'contact',
      'filter',
      'harmless',
      (query: URLSearchParams) => query.delete('UpdatedSince'),
    ],
    ['takes a time for that of another zone', 'event', 'filter', 'loses', shiftedBy(-8)],
    ['is refused', 'contact', 'list', 'loses', (query: URLSearchParams) => query.set('Limit', '501')],
    [
      'has lost a change',
      'contact',
      'stamps',
      'loses',
      (query: URLSearchParams) => query.set('Offset', '50'),
    ],
  ] as const)('sees that a list %s', async (_, kind, probe, verdict, behind) => {
    expect(of(await seenBehind(behind, kind), kind, probe)).toMatchObject([{ verdict }])
  })
})

/** What has no zone is that of a place so many hours from UTC. */
function shiftedBy(hours: number) {
  return (query: URLSearchParams) => {
    const since = query.get('UpdatedSince')
    if (since === null || query.get('Offset') === null) return
    const time = new Date(new Date(`${since.slice(0, 19)}Z`).getTime() - hours * 3_600_000)
    query.set('UpdatedSince', time.toISOString().slice(0, 19))
  }
}

it('each line of the page names the probe that settles it, and no other', () => {
  const [, table = ''] = readFileSync('docs/catching-up.md', 'utf8').split('## What rests on an assumption')
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (---|not stated)/.test(line))
  const named = rows.map(
    (row) =>
      row
        .split('|')
        .at(-2)
        ?.match(/`([\w-]+)`/)?.[1],
  )
  expect(named.toSorted()).toEqual(Object.keys(assumptions).toSorted())
})
