import { findPackageJSON } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * fauxqs 2.4.1 refuses messages with characters beyond U+FFFF, an emoji say, which SQS takes (`#x10000` to `#x10FFFF`:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). Sets its pattern right.
 */
export async function letFauxqsTakeAstralCharacters(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR } = await fauxqsModule<{ INVALID_MESSAGE_BODY_CHAR: RegExp }>(
    'sqs/sqsTypes.js',
  )
  INVALID_MESSAGE_BODY_CHAR.compile(
    '[^\\t\\n\\r\\u{20}-\\u{D7FF}\\u{E000}-\\u{FFFD}\\u{10000}-\\u{10FFFF}]',
    'u',
  )
}

/** A module of fauxqs that its package does not export. */
export function fauxqsModule<T>(file: string): Promise<T> {
  const manifest = findPackageJSON('fauxqs', import.meta.url)
  return import(new URL(`dist/${file}`, pathToFileURL(manifest ?? '')).href) as Promise<T>
}
