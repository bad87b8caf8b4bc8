import {
  brotliDecompressSync,
  constants,
  crc32,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { maxNotificationBytes } from '../event/envelope.ts'
import { bodyDictionary1 } from './body-dictionary-1.generated.ts'

/** DynamoDB takes 400 KB an item: a longer body is split, so that the outcome always has room. */
const maxBodyBytes = 300_000
/** From here on, zstd makes a body smaller than DEFLATE does, and is up to six times as fast. */
const longFromChars = 6_144

/**
 * A stored body begins with this byte, the number of its format, and the CRC-32 of its text: with another dictionary than it was
 * written with, a body would be read as another text, and no error. No stream of Brotli begins with this byte (RFC 7932, section
 * 9.1), and a body without it is one of Brotli, as they were written before there were formats.
 */
const mark = 0x11
const headBytes = 6

interface Format {
  compress(text: string, dictionary: Buffer): Buffer
  expand(body: Uint8Array, dictionary: Buffer): Buffer
  /** By kind of resource; the one of `*` is a part of all. */
  dictionaries: Readonly<Record<string, string>>
}

/** What an event's item tells anyway. It must be the same when its body is written and read. */
export interface KnownOfBody {
  /** The kind of its resource. */
  kind: string
  /** Ids that the body has, too: its copies of them take next to no room. */
  ids: string
}

const maxOutputLength = maxNotificationBytes

/** Each has a number. None may change or go as long as a table may hold a body that it wrote: see `infra/smokeball/body-dictionary.ts`. */
const formats: Readonly<Record<number, Format>> & Record<1 | 2, Format> = {
  1: {
    compress: (text, dictionary) => deflateRawSync(text, { dictionary }),
    expand: (body, dictionary) => inflateRawSync(body, { dictionary, maxOutputLength }),
    dictionaries: bodyDictionary1,
  },
  2: {
    compress: (text, dictionary) =>
      zstdCompressSync(text, { dictionary, params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
    expand: (body, dictionary) => zstdDecompressSync(body, { dictionary, maxOutputLength }),
    dictionaries: bodyDictionary1,
  },
}

const remedy = 'fetch from Smokeball what changed'

/** A stored body does not become the text that it was made of. */
export class UnreadableBody extends Error {
  readonly code = 'UNREADABLE_BODY'
  /** What is wrong, and what to do: a part of a sentence. */
  readonly problem: string

  constructor(problem: string, options?: ErrorOptions) {
    super(`The stored body cannot be read: ${problem}.`, options)
    this.name = 'UnreadableBody'
    this.problem = problem
  }
}

/** A notification's text as items hold it, compressed: one piece, or several when it is too long for one item. */
export function writeBody(text: string, known: KnownOfBody): Buffer[] {
  const body = compress(text, known)
  return Array.from({ length: Math.ceil(body.length / maxBodyBytes) }, (_, index) =>
    body.subarray(index * maxBodyBytes, (index + 1) * maxBodyBytes),
  )
}

/** The text of all the pieces. Throws `UnreadableBody`. */
export function readBody(pieces: readonly Uint8Array[], known: KnownOfBody): string {
  const body = Buffer.concat(pieces)
  const bytes = expanded(body, known)
  if (body[0] === mark && crc32(bytes) !== body.readUInt32BE(2))
    throw new UnreadableBody(`it does not fit its checksum: ${remedy}`)
  return bytes.toString()
}

function expanded(body: Buffer, known: KnownOfBody): Buffer {
  const [first, number = 0] = body
  try {
    if (first !== mark) return brotliDecompressSync(body, { maxOutputLength })
    const format = formats[number]
    if (!format) throw new UnreadableBody(`this release does not know its format ${number}: take a newer one`)
    return format.expand(body.subarray(headBytes), dictionaryOf(format, known))
  } catch (cause) {
    throw cause instanceof UnreadableBody ? cause : new UnreadableBody(`it is damaged: ${remedy}`, { cause })
  }
}

function compress(text: string, known: KnownOfBody): Buffer {
  const number = text.length < longFromChars ? 1 : 2
  const format = formats[number]
  const head = Buffer.of(mark, number, 0, 0, 0, 0)
  head.writeUInt32BE(crc32(text), 2)
  return Buffer.concat([head, format.compress(text, dictionaryOf(format, known))])
}

/** One byte for each character, nearly all of which are ASCII: it takes a third of the time of UTF-8. */
function dictionaryOf({ dictionaries }: Format, { kind, ids }: KnownOfBody): Buffer {
  const ofKind = Object.hasOwn(dictionaries, kind) ? dictionaries[kind] : ''
  return Buffer.from(`${dictionaries['*']}${ofKind}${ids}`, 'latin1')
}
