import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Envelope, NotANotification, payloadOf, readEnvelope } from '../../shared/event/envelope.ts'
import { resourceKey } from '../../shared/event/event-identity.ts'
import { parseLossless, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { scanTopLevel } from '../../shared/event/top-level-scanner.ts'
import { fuzz, fuzzTimeout } from './fuzzing.ts'
import { documents, poisoning } from './json-documents.ts'
import { type JsonNode, memberOf, readJson, toValue } from './json-model.ts'
import { modelEnvelope } from './notification-model.ts'

it('a document is read as the grammar and the contract have it', { timeout: fuzzTimeout }, async () => {
  let tried = 0
  const property = fc.property(documents, (text) => {
    tried++
    const node = readJson(text)
    expect(asRead(() => parseLossless(text))).toEqual(node && { value: kept(toValue(node, lossless)) })
    if (node) checkWriting(node)
    if (node?.kind === 'object') checkScanner(text, node)
    checkEnvelope(text)
  })
  await fuzz(property, {
    things: 'documents',
    tried: () => tried,
    examples: poisoning.map((text): [string] => [text]),
  })
})

const lossless = { lossless: true }

function asRead(read: () => unknown): { value: unknown } | undefined {
  try {
    return { value: kept(read()) }
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError)
    return undefined
  }
}

/** Keeps the order of keys, the sign of zero and `bigint` beside `number`: what `toEqual` does not see, or sees too kindly. */
function kept(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kept)
  if (typeof value === 'object' && value)
    return Object.entries(value).map(([key, member]) => [key, kept(member)])
  return typeof value === 'bigint' || typeof value === 'number' ? [typeof value, value] : value
}

/** What was read is written so that it reads the same again. */
function checkWriting(node: JsonNode): void {
  const value = toValue(node, lossless)
  const again = readJson(stringifyLossless(value))
  expect(told(again && toValue(again, lossless))).toBe(told(value))
}

/** Two things are lost: numbers beyond all doubles, and that a long integer was rounded before. */
function told(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(told)}]`
  if (typeof value === 'object' && value) {
    return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${told(member)}`)}}`
  }
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'number' && !Number.isFinite(value) ? 'null' : String(value)
}

function checkScanner(text: string, node: JsonNode): void {
  const names = ['timestamp', 'payload', 'accountId', 'id', '__proto__', 'x'] as const
  const texts = names.flatMap((name) => {
    const member = memberOf(node, name)
    return member ? [[name, member.text]] : []
  })
  expect({ ...scanTopLevel(text, names) }).toEqual(Object.fromEntries(texts))
}

function checkEnvelope(text: string): void {
  const model = modelEnvelope(text)
  const read = orItsError(() => readEnvelope(text))
  if (!model) {
    expect(read).toBeInstanceOf(NotANotification)
    expect(String(read)).toMatch(/^NotANotification: Not a Smokeball notification: [\w` ]+\.$/)
    return
  }
  const { payload, resource, ...facts } = model
  expect(read).toMatchObject({ ...facts, resource })
  const envelope = read as Envelope
  expect(envelope.resourceKey).toBe(resourceKey(facts.accountId, resource.kind, resource.id))
  expect(kept(payloadOf(envelope))).toEqual(kept(payload ? toValue(payload, lossless) : null))
}

function orItsError<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}
