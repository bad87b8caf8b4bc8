import { expect, it } from 'vitest'
import { type Ticks, ticksToDate } from '../../../shared/event/ticks.ts'
import { apiUrl } from '../../../shared/smokeball-api/api-url.ts'
import { changeLists, listQuery, matterLists, mattersWithLists } from '../../../shared/smokeball-api/lists.ts'

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

it('asks for leads and all matters but deleted ones where their lists are to be read, and for no items', () => {
  const query = listQuery(mattersWithLists, { updatedSince: since, offset: 0, limit: 20 })
  expect(query.getAll('Status')).toEqual(['Open', 'Pending', 'Closed', 'Cancelled'])
  expect([query.get('Type'), query.get('Fields'), query.get('Sort'), query.get('LastUpdated')]).toEqual([
    ...['Matters,Leads', null, 'asc(LastUpdated)', `${seconds}Z`],
  ])
})

it('asks for no change where a list of a matter has no filter', () => {
  const queries = matterLists.map((list) => [
    list.kind,
    String(listQuery(list, { updatedSince: since, offset: 0 })),
  ])
  expect(Object.fromEntries(queries)).toEqual({
    fee: 'UpdatedSince=639177696424691361&Offset=0&Limit=500',
    expense: 'UpdatedSince=639177696424691361&Offset=0&Limit=500',
    invoice: `LastUpdated=${seconds.replaceAll(':', '%3A')}Z&Offset=0&Limit=500`,
    memo: 'Offset=0&Limit=500',
    files: 'Offset=0&Limit=500',
  })
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
