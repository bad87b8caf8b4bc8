import { type JsonValue, parseLossless } from '../event/lossless-json.ts'

const pageSize = 500

/** All records of a list, page by page: `get` fetches a path, and `path` is the list's, with its filters if it has some. */
export async function* listAll(
  get: (path: string) => Promise<Response>,
  path: string,
): AsyncGenerator<{ [key: string]: JsonValue }> {
  const separator = path.includes('?') ? '&' : '?'
  for (let offset = 0; ; ) {
    const response = await get(`${path}${separator}Limit=${pageSize}&Offset=${offset}`)
    const {
      value = [],
      size,
      next,
    } = parseLossless(await response.text()) as {
      value?: { [key: string]: JsonValue }[]
      size?: number
      next?: JsonValue
    }
    yield* value
    offset += value.length
    // Links are not followed: they are whole addresses.
    if (value.length === 0 || (typeof size === 'number' ? offset >= size : !next)) return
  }
}
