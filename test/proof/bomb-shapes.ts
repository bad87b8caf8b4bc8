import { gzipSync } from 'node:zlib'

/** Bodies that cost whoever reads them as much as bodies of their length can. */
export interface Bomb {
  name: string
  /** About so many bytes; `nth` makes it another resource's. */
  body(bytes: number, nth: number): Buffer
  /** A queue's message as such: nothing that a receiver would make of a body. */
  message?(): { body: string; encoding: string }
}

/** One of them, and the whole document goes through the project's own reader: https://github.com/nodejs/node/issues/63785 */
const [longInteger, escapedKey] = ['639170696424691361', String.raw`{"\u0061":1}`]

/** `write` has the bytes that are left for the payload's member `x`. */
function inPayload(name: string, write: (bytes: number) => string): Bomb {
  return { name, body: (bytes, nth) => notification({ id: `m${nth}`, x: write(bytes - 150) }) }
}

interface Parts {
  accountId?: string
  type?: string
  id: string
  x: string
}

/** Texts go in as they are, `x` is JSON. */
function notification({ accountId = 'firm', type = 'matter.updated', id, x }: Parts): Buffer {
  return Buffer.from(
    `{"accountId":"${accountId}","type":"${type}","timestamp":638844336123456789,"payload":{"id":"${id}","x":${x}}}`,
  )
}

function filled(part: string, bytes: number): string {
  return part.repeat(Math.max(1, Math.floor(bytes / part.length)))
}

/** Parts that differ by a number of six digits. */
function numbered(write: (nth: string) => string, bytes: number): string[] {
  const count = Math.max(1, Math.floor(bytes / (write('000000').length + 1)))
  return Array.from({ length: count }, (_, nth) => write(String(nth).padStart(6, '0')))
}

function listOf(part: string, bytes: number, last = part): string {
  return `[${filled(`${part},`, bytes)}${last}]`
}

function nested(open: string, close: string, bytes: number): string {
  const depth = Math.floor(bytes / (open.length + close.length))
  return `${open.repeat(depth)}1${close.repeat(depth)}`
}

export const bombs: readonly Bomb[] = [
  inPayload('arrays in arrays', (bytes) => nested('[', ']', bytes)),
  inPayload('objects in objects', (bytes) => nested('{"a":', '}', bytes)),
  inPayload('arrays that are never closed', (bytes) => filled('[', bytes)),
  inPayload('90 levels, side by side', (bytes) => listOf(nested('[', ']', 180), bytes)),
  inPayload('90 levels, side by side, and a long integer', (bytes) =>
    listOf(nested('[', ']', 180), bytes - 30, longInteger),
  ),
  inPayload('90 levels, side by side, and an escaped key', (bytes) =>
    listOf(nested('[', ']', 180), bytes - 30, escapedKey),
  ),
  inPayload('empty arrays and a long integer', (bytes) => listOf('[]', bytes - 30, longInteger)),
  inPayload('objects in arrays, and an escaped key', (bytes) => listOf('[{}]', bytes - 30, escapedKey)),
  inPayload('ones and a long integer', (bytes) => listOf('1', bytes - 30, longInteger)),
  inPayload('long integers', (bytes) => listOf(longInteger, bytes)),
  inPayload('exponents', (bytes) => listOf('1e99', bytes)),
  inPayload('one integer of all digits', (bytes) => filled('1234567890', bytes)),
  inPayload('many keys', (bytes) => `{${numbered((nth) => `"kkkkkkkkkkkkkkkk${nth}":1`, bytes)}}`),
  inPayload(
    'objects with a key of their own',
    (bytes) => `[${numbered((nth) => `{"kkkkkkkkkkkk${nth}":1}`, bytes)}]`,
  ),
  inPayload('one key again and again', (bytes) => `{${filled('"k":{},', bytes)}"k":1}`),
  inPayload('one long key', (bytes) => `{"${filled('k', bytes)}":${longInteger}}`),
  inPayload('objects with an index as key', (bytes) => listOf('{"9":0}', bytes - 30, longInteger)),
  inPayload('one long string', (bytes) => `"${filled('smokeball ', bytes)}"`),
  inPayload('short strings', (bytes) => listOf('"ab"', bytes)),
  inPayload('a string of escapes', (bytes) => `"${filled(String.raw`\n\"`, bytes)}"`),
  inPayload('a string of escaped characters', (bytes) => `"${filled(String.raw`\u20ac`, bytes)}"`),
  {
    name: 'an id of lone surrogates',
    body: (bytes, nth) => notification({ id: filled(String.raw`\ud800`, bytes) + nth, x: '1' }),
  },
  {
    name: 'long account, type and id',
    body: (bytes, nth) => {
      const third = filled('ä', bytes / 6)
      return notification({ accountId: third, type: `${third}.updated`, id: third + nth, x: longInteger })
    },
  },
  {
    name: 'the payload again and again',
    body: (bytes, nth) => {
      const facts = notification({ id: `m${nth}`, x: longInteger })
        .toString()
        .slice(0, -1)
      return Buffer.from(`${facts}${filled(`,"payload":{"id":"m${nth}"}`, bytes)}}`)
    },
  },
  {
    name: 'a byte order mark and white space',
    body: (bytes, nth) =>
      Buffer.from(`\ufeff${filled(' \n', bytes)}${notification({ id: `m${nth}`, x: '1' })}`),
  },
  inPayload('characters that SQS refuses', (bytes) => `"${filled('\uffff', bytes / 3)}"`),
  {
    name: 'compressed bytes',
    body: (bytes) =>
      Buffer.concat(
        Array.from({ length: Math.ceil(bytes / blankMegabytes.length) }, () => blankMegabytes),
      ).subarray(0, bytes),
    // Members of one file that stand one after the other are one file, of 700 MB.
    message: () => ({
      body: Buffer.concat(Array.from({ length: 11 }, () => blankMegabytes)).toString('base64'),
      encoding: 'gzip',
    }),
  },
]

const blankMegabytes = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
