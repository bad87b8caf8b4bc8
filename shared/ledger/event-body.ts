import {
  brotliDecompressSync,
  constants,
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
 * A stored body begins with this byte and the number of its format. No stream of Brotli begins with it (RFC 7932, section 9.1),
 * and a body without it is one of Brotli, as they were written before there were formats.
 */
const mark = 0x11

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
const formats: Readonly<Record<number, Format>> = {
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

/** The body's format has another number than the formats here: another release wrote it. */
export class UnknownBodyFormat extends Error {
  readonly code = 'UNKNOWN_BODY_FORMAT'

  constructor(number: number | undefined) {
    super(
      `The body has the format ${number}, which this release does not know: take the release that wrote it.`,
    )
    this.name = 'UnknownBodyFormat'
  }
}

/** A notification's text as items hold it, compressed: one piece, or several when it is too long for one item. */
export function writeBody(text: string, known: KnownOfBody): Buffer[] {
  const body = compress(text, known)
  return Array.from({ length: Math.ceil(body.length / maxBodyBytes) }, (_, index) =>
    body.subarray(index * maxBodyBytes, (index + 1) * maxBodyBytes),
  )
}

/** The text of all the pieces. Throws `UnknownBodyFormat`. */
export function readBody(pieces: readonly Uint8Array[], known: KnownOfBody): string {
  const body = Buffer.concat(pieces)
  if (body[0] !== mark) return brotliDecompressSync(body, { maxOutputLength }).toString()
  const [, number] = body
  const format = formatOf(number)
  return format.expand(body.subarray(2), dictionaryOf(format, known)).toString()
}

function compress(text: string, known: KnownOfBody): Buffer {
  const number = text.length < longFromChars ? 1 : 2
  const format = formatOf(number)
  return Buffer.concat([Buffer.of(mark, number), format.compress(text, dictionaryOf(format, known))])
}

/** One byte for each character, nearly all of which are ASCII: it takes a third of the time of UTF-8. */
function dictionaryOf({ dictionaries }: Format, { kind, ids }: KnownOfBody): Buffer {
  const ofKind = Object.hasOwn(dictionaries, kind) ? dictionaries[kind] : ''
  return Buffer.from(`${dictionaries['*']}${ofKind}${ids}`, 'latin1')
}

function formatOf(number: number | undefined): Format {
  const format = formats[number ?? 0]
  if (!format) throw new UnknownBodyFormat(number)
  return format
}
