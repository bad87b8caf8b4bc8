import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { parseAsWritten, stringifyLossless } from '../../../shared/event/lossless-json.ts'
import { itemsOf, listPage } from '../../../shared/smokeball-api/list-page.ts'
import { changeLists, type ListPart } from '../../../shared/smokeball-api/lists.ts'
import { memberOf, readJson } from '../../proof/json-model.ts'
import { jsonObject, jsonValue, space } from '../../proof/json-texts.ts'
import { type ApiWorld, apiWorld, startEpochMs } from './api-world.ts'

let world: ApiWorld | undefined
afterEach(() => world?.server.stop())

const limit = { signalEpochMs: startEpochMs + 27_000, signal: new AbortController().signal }

/** Asks for a page that the stub answers with this text. */
async function pageOf(body: string, part: Partial<ListPart> = {}) {
  world = await apiWorld()
  world.server.answers.push({ status: 200, body })
  const fetch = async (_: string, path: string) => (await world?.call(path)) ?? new Response()
  const list = changeLists.find(({ path }) => path === '/contacts')
  if (!list) throw new Error('There is no list of contacts.')
  return listPage({ fetch }, 'firm', list, { offset: 0, ...part }, { limit })
}

describe('a page of a list', () => {
  it('brings each row as it was written, with every digit', async () => {
    const rows = ['{"id":"a", "lastUpdated":639170696424691361}', '{"id":"b","rate":1.0,"x":[{}]}']
    const { items } = await pageOf(`{"size":2,"value":[ ${rows.join(' , ')} ],"first":{}}`)
    expect(items.map(({ text }) => text)).toEqual(rows)
    expect(world?.server.calls.map(({ url }) => url)).toEqual([
      '/contacts?ExcludeDeletedContacts=false&Sort=asc%28LastUpdated%29&Offset=0&Limit=500',
    ])
  })

  it('is the last one when it is short, whatever size and links say', async () => {
    const full = '{"value":[{},{}],"size":2,"next":null}'
    expect((await pageOf(full, { limit: 2 })).isLast).toBe(false)
    await world?.server.stop()
    const short = '{"value":[{}],"size":900,"next":{"href":"https://api/contacts"}}'
    expect((await pageOf(short, { limit: 2 })).isLast).toBe(true)
  })

  it('may be empty, also where that is written as null', async () => {
    expect(await pageOf('{"value":null,"size":0}')).toEqual({ items: [], isLast: true })
    await world?.server.stop()
    expect(await pageOf('{"value":[]}')).toEqual({ items: [], isLast: true })
  })

  it.each([
    '',
    '<html>',
    '{}',
    '[]',
    'null',
    '{"value":{}}',
    '{"value":[1]}',
    '{"value":[[]]}',
    '{"value":[{}]',
  ])('is not taken for an empty one when the answer is %j', async (body) => {
    await expect(pageOf(body)).rejects.toMatchObject({
      code: 'NOT_A_LIST',
      message: expect.stringMatching(/^\/contacts was not answered with a list.*Try again later/),
    })
  })

  it('passes on what the call throws', async () => {
    const fetch = async () => {
      throw new RangeError('No call.')
    }
    const [list] = changeLists
    if (!list) throw new Error('There are no lists.')
    await expect(listPage({ fetch }, 'firm', list, { offset: 0 }, { limit })).rejects.toThrow('No call.')
  })
})

it('the texts of rows are what stands in the list, whatever stands around and in them', () => {
  const member = fc.tuple(fc.constantFrom('"size"', '"x"', '"valu\\u0065"', '"value "'), jsonValue, space)
  const page = fc
    .tuple(fc.array(member, { maxLength: 3 }), fc.array(jsonObject, { maxLength: 6 }), space)
    .map(([others, rows, gap]) => {
      const before = others.map(([name, value, around]) => `${around}${name}${around}:${value}${around},`)
      return `${gap}{${before.join('')}${gap}"value"${gap}:${gap}[${gap}${rows.join(`${gap},${gap}`)}${gap}]${gap}}`
    })
  fc.assert(
    fc.property(page, (json) => {
      const value = memberOf(readJson(json), 'value')
      const texts = itemsOf('/contacts', json).map(({ text }) => text)
      expect(texts).toEqual(value?.kind === 'array' && value.items.map(({ text }) => text))
      const written = parseAsWritten(json) as { value: unknown[] }
      expect(texts.map((text) => stringifyLossless(parseAsWritten(text)))).toEqual(
        written.value.map((row) => stringifyLossless(row)),
      )
    }),
    { numRuns: 500 },
  )
})
