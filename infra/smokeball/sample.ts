import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseRounding, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { splitType } from '../../shared/event/resource-of-event.ts'
import { epochMsToTicks, parseTicks, type Ticks } from '../../shared/event/ticks.ts'
import { scanTopLevel } from '../../shared/event/top-level-scanner.ts'
import { givenPath } from '../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../terminal/usage-error.ts'

import eventTypes from './event-types.json' with { type: 'json' }
import { didYouMean } from './unlisted-types.ts'

const samples = fileURLToPath(new URL('./samples/', import.meta.url))

/** A notification to send, exactly as it stands in its file, and the name that messages give it. */
export interface Sample {
  name: string
  text: string
}

/** The sample of an event type, or the notification in a file. Throws `NotUnderstood` for a type that there is not, `UsageError` for a file that cannot be read. */
export function sample(given: string): Sample {
  if (isFile(given)) return { name: given, text: readText(given) }
  const known = eventTypes.find(({ type }) => type === given)
  if (!known) throw unknownType(given)
  return { name: given, text: recorded(given) ?? relative(known) ?? minimal(known) }
}

/** Whether a file is meant, and not an event type. */
export function isFile(given: string): boolean {
  return given.endsWith('.json') || given.includes('/')
}

/** Where a type's payload holds the id of its resource: `['matter', 'id']`. Undefined when it is about none (`noop`). */
export function resourceIdPath(type: string): string[] | undefined {
  const known =
    eventTypes.find((candidate) => candidate.type === type) ??
    eventTypes.find(({ resource }) => resource === splitType(type).kind)
  return known ? known.idPath?.split('.') : ['id']
}

function readText(file: string): string {
  try {
    return readFileSync(givenPath(file), 'utf8')
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: ${(error as Error).message}`, { cause: error })
  }
}

function unknownType(given: string): NotUnderstood {
  const types = eventTypes.map(({ type }) => type)
  const nearest = didYouMean(given, types)
  return new NotUnderstood(
    `Unknown event type '${given}'.${nearest} Types that are not on Smokeball's list go as a file.json.`,
  )
}

function recorded(type: string): string | undefined {
  const file = `${samples}${type}.json`
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

type EventType = (typeof eventTypes)[number]

/** The sample of another event of the same kind of resource: both have the same payload. */
function relative({ type, resource }: EventType): string | undefined {
  for (const candidate of eventTypes) {
    const text = candidate.resource === resource ? recorded(candidate.type) : undefined
    if (text !== undefined) return withMember(text, ['type'], JSON.stringify(type))
  }
  return undefined
}

/** An envelope and a payload of the id alone, the same for every event of this kind. */
function minimal({ type, resource }: EventType): string {
  const envelope = {
    accountId: '1e53979d-9269-4159-b104-2e603670f59d',
    userId: '526670af-acd8-401e-bc64-6d4cafb4a12a',
    subscriptionId: '6543c46b-d1d5-4a00-8732-36a63a20c3b4',
    type,
    source: 'Smokeball',
    payload: {},
    timestamp: 0,
  }
  const path = resourceIdPath(type) ?? ['id']
  return withMember(stringifyLossless(envelope), ['payload', ...path], JSON.stringify(guidOf(resource)))
}

function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/**
 * JSON with the member at `path` set to `valueText`. All other values keep their exact text, so that no digit of
 * ticks is lost; only the space between members of the objects along the path goes. A value along the path that is no object becomes one.
 */
export function withMember(json: string, path: readonly string[], valueText: string): string {
  const [name, ...rest] = path
  if (name === undefined) return valueText
  const members = membersOf(json)
  members.set(name, withMember(members.get(name) ?? 'null', rest, valueText))
  return `{${[...members].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
}

function membersOf(json: string): Map<string, string> {
  const parsed = parseRounding(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return new Map()
  const names = Object.keys(parsed)
  const texts = scanTopLevel(json, names)
  return new Map(names.map((name) => [name, texts[name] ?? 'null']))
}

/**
 * Makes the ticks of new events: the present time, and each later than the previous one. Their last digits are not zeros, and
 * neither are Smokeball's: code that rounds ticks, or compares milliseconds, is found out by them.
 */
export function freshTicks(now: () => number = Date.now, random: () => number = Math.random): () => Ticks {
  let last = 0n
  return function nextTicks() {
    const withinMs = BigInt(1 + Math.floor(random() * 9_998))
    const candidate = epochMsToTicks(now()) + withinMs
    last = candidate > last ? candidate : last + 1n
    if (last % 10n === 0n) last += 1n
    return parseTicks(last.toString())
  }
}
