import { knownEventTypes } from '../../../shared/payloads.generated.ts'
import eventTypes from '../../codegen/smokeball/event-types.json' with { type: 'json' }
import facts from '../../codegen/smokeball/payload-schemas.json' with { type: 'json' }

interface Schema {
  enum?: (string | number)[]
  $ref?: string
  allOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
}

const schemas = facts.components.schemas as Record<string, Schema>
const properties = Object.values(schemas).flatMap((schema) => Object.entries(schema.properties ?? {}))

const envelopeNames = ['accountId', 'userId', 'subscriptionId', 'type', 'source', 'payload', 'timestamp']
const otherNames = ['rel', 'message', 'resourceName', 'resourceId']
const knownNames = new Set([...envelopeNames, ...otherNames, ...properties.map(([name]) => name)])

const maps = new Set(
  properties.filter(([, schema]) => typeof schema.additionalProperties === 'object').map(([name]) => name),
)

/** Words that Smokeball's schemas leave open and its samples show. */
const shownWords: Readonly<Record<string, readonly string[]>> = {
  rel: ['Branches', 'Contacts', 'Items', 'Matters', 'MatterTypes', 'Staff', 'Tasks'],
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  status: ['Open', 'Pending', 'Closed', 'Cancelled', 'Deleted', 'Complete'],
  type: ['Corporation', 'Custom', 'Staff'],
  source: ['API', 'InfoTrackID', 'Smokeball'],
  resourceName: eventTypes.map(({ resource }) => resource),
}

/** Texts and numbers, as JSON writes the latter. */
const listed = new Map(Object.entries(shownWords).map(([name, list]) => [name, new Set(list)]))
for (const [name, schema] of properties)
  for (const value of listedIn(schema))
    listed.set(name, new Set([...(listed.get(name) ?? []), String(value)]))

const kinds = new Set(eventTypes.map(({ resource }) => resource))
/** Versions, by which states are put in order. */
const ticksNames = new Set(['timestamp', 'lastUpdated', 'versionId'])
/** .NET ticks of the years 1991 to 2096, which few numbers of other kinds look like. */
const ticks = /^6(?:2[89]|[345]\d|6[01])\d{15}$/

/** Whether a text or a number tells nothing of a person: a moment in ticks, or what is listed for its property. */
export function isKeptValue(property: string, text: string): boolean {
  if (ticksNames.has(property) && ticks.test(text)) return true
  return listed.get(property)?.has(text) === true
}

/** Whether a property's name is Smokeball's. */
export function isKeptName(name: string): boolean {
  return knownNames.has(name)
}

/** Whether an object that is this property's value has values for its names, such as those of roles. */
export function isMap(property: string): boolean {
  return maps.has(property)
}

/** What of an event type is Smokeball's: all of it, its kind, or nothing. */
export function keptOfType(type: string): string {
  if (knownEventTypes.includes(type)) return type
  const [kind = ''] = type.split('.')
  return kinds.has(kind) ? kind : ''
}

function listedIn(schema: Schema): readonly (string | number)[] {
  const of = schema.allOf?.[0] ?? schema
  return (of.$ref === undefined ? of : schemas[of.$ref.slice(of.$ref.lastIndexOf('/') + 1)])?.enum ?? []
}
