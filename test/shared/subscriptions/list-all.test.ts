import { expect, it } from 'vitest'
import { listAll } from '../../../shared/subscriptions/webhooks-api.ts'

/** Serves a list as Smokeball does, `most` records a page. */
function listOf(size: number, most: number, extra: (offset: number) => object = () => ({ size })) {
  const paths: string[] = []
  const get = async (path: string) => {
    paths.push(path)
    const query = new URL(path, 'https://api.test').searchParams
    const offset = Number(query.get('Offset'))
    const ids = Array.from({ length: size }, (_, id) => ({ id: String(id) }))
    const value = ids.slice(offset, offset + Math.min(Number(query.get('Limit')), most))
    return Response.json({ value, offset, ...extra(offset) })
  }
  return { paths, get }
}

it('brings every record of a list, page by page, by offsets', async () => {
  const { get, paths } = listOf(1_100, 500)
  const ids = (await Array.fromAsync(listAll(get, '/webhooks'))).map(({ id }) => id)
  expect(ids).toEqual(Array.from({ length: 1_100 }, (_, id) => String(id)))
  expect(paths).toEqual([0, 500, 1_000].map((offset) => `/webhooks?Limit=500&Offset=${offset}`))
})

it('keeps filters, and asks for no page that is not needed', async () => {
  const { get, paths } = listOf(500, 500)
  await Array.fromAsync(listAll(get, '/contacts?Type=Person'))
  expect(paths).toEqual(['/contacts?Type=Person&Limit=500&Offset=0'])
})

it('takes shorter pages than it asked for', async () => {
  const { get } = listOf(5, 2)
  expect(await Array.fromAsync(listAll(get, '/webhooks'))).toHaveLength(5)
})

it('ends without a size where there is no next page, and where a page is empty', async () => {
  const { get } = listOf(5, 2, (offset) => ({ next: offset < 4 ? { href: 'x' } : null }))
  expect(await Array.fromAsync(listAll(get, '/webhooks'))).toHaveLength(5)
  const wrong = listOf(0, 2, () => ({ size: 9 }))
  expect(await Array.fromAsync(listAll(wrong.get, '/webhooks'))).toEqual([])
})

it('keeps every digit', async () => {
  const get = async () => new Response('{"value":[{"lastUpdated":638609288928990639}],"size":1}')
  expect(await Array.fromAsync(listAll(get, '/matters'))).toEqual([{ lastUpdated: 638609288928990639n }])
})
