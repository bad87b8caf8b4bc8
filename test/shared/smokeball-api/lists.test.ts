import { expect, it } from 'vitest'
import { type Ticks, ticksToDate } from '../../../shared/event/ticks.ts'
import { apiUrl } from '../../../shared/smokeball-api/api-url.ts'
import { changeLists, listQuery } from '../../../shared/smokeball-api/lists.ts'

/** 2026-06-23T10:00:42.4691361Z */
const since = 639177696424691361n as Ticks
const seconds = `${ticksToDate(since).toISOString().slice(0, 19)}`

const filters = Object.fromEntries(
  changeLists.map((list) => {
    const query = listQuery(list, { updatedSince: since, offset: 0 })
    return [list.path, [...query].filter(([name]) => /^(LastUpdated|UpdatedSince)$/.test(name))]
  }),
)

it('spells the filter of each list as the API describes it', () => {
  expect(seconds).toMatch(/:42$/)
  expect(filters).toEqual({
    '/matters': [['LastUpdated', `${seconds}Z`]],
    '/contacts': [['UpdatedSince', '639177696424691361']],
    '/tasks': [['LastUpdated', `${seconds}Z`]],
    '/events': [['UpdatedSince', seconds]],
    '/stages': [['UpdatedSince', '639177696424691361']],
    '/stagesets': [['UpdatedSince', '639177696424691361']],
    '/activitycodes': [['UpdatedSince', '639177696424691361']],
  })
})

const queryOf = (path: string) => {
  const list = changeLists.find((each) => each.path === path)
  return list && listQuery(list, { offset: 1_000, limit: 20 })
}

it('asks for leads, for all statuses and for items among matters', () => {
  const query = queryOf('/matters')
  expect(query?.get('Type')).toBe('Matters,Leads')
  expect(query?.get('Fields')).toBe('items')
  expect(query?.getAll('Status')).toEqual(['Open', 'Pending', 'Closed', 'Deleted', 'Cancelled'])
})

it('asks for calendar events of all times, deleted ones included', () => {
  expect(String(queryOf('/events'))).toBe(
    'From=1900-01-01T00%3A00%3A00Z&ExcludeDeletedEvents=false&Offset=1000&Limit=20',
  )
})

it('sorts only where the API can', () => {
  const sorted = changeLists.filter((list) => listQuery(list, { offset: 0 }).has('Sort'))
  expect(sorted.map(({ path }) => path)).toEqual(['/matters', '/contacts'])
})

it('makes paths that the client takes', () => {
  for (const list of changeLists) {
    const path = `${list.path}?${listQuery(list, { updatedSince: since, offset: 0 })}`
    expect(apiUrl('https://api', undefined, path)).toBe(`https://api${path}`)
    const single = list.single?.('a/b')
    if (single !== undefined)
      expect(apiUrl('https://api', undefined, single)).toBe('https://api/events/a%2Fb')
  }
})
