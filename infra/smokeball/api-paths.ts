import { readFileSync } from 'node:fs'
import { declarationOf, refOf, type Schema, typeOf } from './type-of-schema.ts'

interface Parameter {
  name: string
  in: 'path' | 'query'
  schema: Schema
}

interface ReadablePath {
  parameters: readonly Parameter[]
  answer: Schema
}

/** What can be read by Smokeball's API: its paths, and the schemas of answers that no payload has. */
export const apiFacts: {
  paths: Record<string, { get: ReadablePath }>
  schemas: Record<string, Schema>
} = JSON.parse(readFileSync(new URL('./api.json', import.meta.url), 'utf8'))

/** The client sees to the offset, and `limit` is how many items it is to ask for at once. */
const paging = ['Offset', 'Limit']
/** The names of the filter by the time of the last change: which of them a list takes stands in `shared/smokeball-api`. */
export const sinceNames = ['UpdatedSince', 'LastUpdated']

/**
 * The types of typed calls: for each path, what it takes and what it answers. `payloads` are the names of the schemas that the
 * types of payloads declare already.
 */
export function apiPaths(payloads: ReadonlySet<string>): string {
  const all = Object.entries(apiFacts.paths).map(([path, { get }]): [string, ReadablePath] => [path, get])
  const rowsOf = (paths: typeof all, what: string, answerOf: (answer: Schema) => string) =>
    paths.map(
      ([path, each]) => `  '${path}': { takes: ${takenBy(each)}; ${what}: ${answerOf(each.answer)} }\n`,
    )
  const lists = rowsOf(all.filter(isPaged), 'item', (answer) => typeOf(itemOf(answer)))
  const others = rowsOf(
    all.filter((each) => !isPaged(each)),
    'answer',
    typeOf,
  )
  // The envelope of a list that pages is seen by nobody.
  const rows = [...lists, ...others].join('')
  const declared = Object.entries(apiFacts.schemas)
    .filter(([name]) => !name.endsWith('PagedCollection') || rows.includes(name))
    .map(([name, schema]) => declarationOf(name, schema))
  const body = [
    "// From Smokeball's public OpenAPI, August 2026. Every field of an answer may be missing or null.\n\n",
    '/** A list leaves out what was last changed before this time: a `Date`, or .NET ticks. */\n',
    'export type UpdatedSince = Date | bigint\n\n',
    '/** The lists that page: what path and query take, and what an item is. */\n',
    `export interface ListByPath {\n${lists.join('')}}\n\n`,
    '/** All else that can be read: what path and query take, and what is answered. */\n',
    `export interface AnswerByPath {\n${others.join('')}}\n\n`,
    declared.join('\n'),
  ].join('')
  return imports(body, payloads) + body
}

function imports(body: string, payloads: ReadonlySet<string>): string {
  const words = new Set(body.match(/\w+/g))
  const used = [...payloads].filter((name) => words.has(name) && !(name in apiFacts.schemas)).sort()
  return [
    importOf(['JsonValue'], '../event/lossless-json.ts'),
    importOf(used, '../event/payloads.generated.ts'),
    `${importOf(['PathValue'], './api-url.ts')}\n`,
  ].join('')
}

function importOf(names: readonly string[], file: string): string {
  return `import type { ${names.join(', ')} } from '${file}'\n`
}

function isPaged([, { parameters }]: [string, ReadablePath]): boolean {
  return parameters.some(({ name }) => name === 'Offset')
}

/** The list of transactions is declared as one transaction: what has no `value` is the item itself. */
function itemOf(answer: Schema): Schema {
  const envelope = apiFacts.schemas[refOf(answer) ?? '']
  return envelope?.properties?.value?.items ?? answer
}

function takenBy({ parameters }: ReadablePath): string {
  const isSince = ({ name }: Parameter) => sinceNames.includes(name)
  const members = parameters
    .filter((each) => !isSince(each) && !paging.includes(each.name) && !each.schema.deprecated)
    .map(({ name, in: place, schema }) =>
      place === 'path' ? `${name}: PathValue` : `${camelCase(name)}?: ${parameterType(schema)} | undefined`,
    )
  if (parameters.some(isSince)) members.push('updatedSince?: UpdatedSince | undefined')
  if (parameters.some(({ name }) => name === 'Offset')) members.push('limit?: number | undefined')
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`
}

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function parameterType(schema: Schema): string {
  if (schema.format === 'date-time') return 'Date | string'
  return schema.type === 'array' ? `readonly ${typeOf(schema.items ?? {})}[]` : typeOf(schema)
}
