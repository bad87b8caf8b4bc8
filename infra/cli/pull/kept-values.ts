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

const words = new Map(Object.entries(shownWords).map(([name, list]) => [name, new Set(list)]))
for (const [name, schema] of properties)
  for (const word of listedIn(schema))
    words.set(name, new Set([...(words.get(name) ?? []), ...(typeof word === 'string' ? [word] : [])]))

const dateOrTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)?)?$/
const duration = /^P(?=T?\d)(\d{1,5}[YMWD])*(T(\d{1,5}[HMS])+)?$/

/** Whether a text tells nothing of a person: a date, a duration, a version, or a word that is listed for its property. */
export function isKeptValue(property: string, text: string): boolean {
  if (text === '' || dateOrTime.test(text) || duration.test(text)) return true
  if (property === 'versionId' && /^\d{17,19}$/.test(text)) return true
  return words.get(property)?.has(text) === true
}

/** Whether a property's name is Smokeball's, or such as programs have. */
export function isKeptName(name: string): boolean {
  return knownNames.has(name) || (name.length <= 40 && /^[a-z]+([A-Z][a-z]+)*\d{0,2}$/.test(name))
}

/** Whether an object that is this property's value has values for its names, such as those of roles. */
export function isMap(property: string): boolean {
  return maps.has(property)
}

function listedIn(schema: Schema): readonly (string | number)[] {
  const of = schema.allOf?.[0] ?? schema
  return (of.$ref === undefined ? of : schemas[of.$ref.slice(of.$ref.lastIndexOf('/') + 1)])?.enum ?? []
}
