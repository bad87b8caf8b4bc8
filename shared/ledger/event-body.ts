import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { maxNotificationBytes } from '../event/envelope.ts'

/** DynamoDB takes 400 KB an item: a longer body is split, so that the outcome always has room. */
const maxBodyBytes = 300_000
/**
 * Up to this length, the strongest compression: one to two milliseconds of it cost a tenth of the write unit that they
 * save an event of about 1 KB. Above, it takes longer than it is worth.
 */
const strongUpToChars = 2_048

/** A notification's text as items hold it, compressed: one piece, or several when it is too long for one item. */
export function writeBody(text: string): Buffer[] {
  const body = compress(text)
  return Array.from({ length: Math.ceil(body.length / maxBodyBytes) }, (_, index) =>
    body.subarray(index * maxBodyBytes, (index + 1) * maxBodyBytes),
  )
}

/** The text of all the pieces. */
export function readBody(pieces: readonly Uint8Array[]): string {
  return brotliDecompressSync(Buffer.concat(pieces), { maxOutputLength: maxNotificationBytes }).toString()
}

/** Brotli: its built-in dictionary makes short JSON a tenth smaller than gzip does, and any Brotli tool reads it. */
function compress(body: string): Buffer {
  const quality = body.length <= strongUpToChars ? constants.BROTLI_MAX_QUALITY : 5
  return brotliCompressSync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    },
  })
}
