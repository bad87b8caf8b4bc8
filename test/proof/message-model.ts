import { gunzipSync } from 'node:zlib'

/** A message as `SendMessage` takes it, attributes by name. */
export interface SentMessage {
  body: string
  attributes: Record<string, string>
}

/** SQS, API reference of SendMessage: these characters, 1 MiB with attributes, ten of those, none empty. */
const allowed = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u
const maxBytes = 1_048_576

/** Why SQS would refuse the message; empty if it would not. */
export function sqsProblems({ body, attributes }: SentMessage): string[] {
  const texts = Object.entries({ ...attributes, body })
  const bytes = Object.entries(attributes)
    .flat()
    .reduce(
      (sum, text) => sum + Buffer.byteLength(text),
      Buffer.byteLength(body) + Object.keys(attributes).length * 'String'.length,
    )
  return [
    ...texts
      .filter(([, text]) => !allowed.test(text))
      .map(([name]) => `${name} holds what SQS does not take`),
    ...(Object.keys(attributes).length > 10 ? ['more than ten attributes'] : []),
    ...(bytes > maxBytes ? [`${bytes} bytes`] : []),
  ]
}

/** The bytes of the delivery that a message carries. */
export function carriedBytes({ body, attributes: { encoding } }: SentMessage): Buffer {
  if (encoding === undefined) return Buffer.from(body)
  const bytes = Buffer.from(body, 'base64')
  return encoding === 'gzip' ? gunzipSync(bytes) : bytes
}
