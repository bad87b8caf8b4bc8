/** A schema of Smokeball's OpenAPI, as far as its facts here need. */
export interface Schema {
  type?: string
  format?: string
  enum?: (string | number)[]
  deprecated?: boolean
  $ref?: string
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
}

/** The name of the schema that another one refers to; undefined if it refers to none. */
export function refOf({ $ref }: Schema): string | undefined {
  return $ref?.slice($ref.lastIndexOf('/') + 1)
}

/** The TypeScript of a schema under its name: an interface, each of whose members may be missing or null, or a type. */
export function declarationOf(name: string, schema: Schema): string {
  return schema.properties
    ? `export interface ${name} {\n${members(schema.properties)}}\n`
    : `export type ${name} = ${typeOf(schema)}\n`
}

/** The only int64 fields that hold .NET ticks (contract); other int64 are small and stay `number`. */
const isTicksField = (name: string, schema: Schema) => schema.format === 'int64' && name === 'lastUpdated'

function members(properties: Record<string, Schema>): string {
  return Object.entries(properties)
    .map(
      ([name, schema]) =>
        `  ${name}?: ${isTicksField(name, schema) ? 'bigint | number' : typeOf(schema)} | null\n`,
    )
    .join('')
}

/** The TypeScript type of a value. Throws for a schema that nothing here knows. */
export function typeOf(schema: Schema): string {
  const [extended] = schema.allOf ?? []
  if (extended) return typeOf(extended)
  const named = refOf(schema)
  if (named !== undefined) return named
  if (schema.enum)
    return schema.enum.map((value) => (typeof value === 'string' ? `'${value}'` : value)).join(' | ')
  if (schema.type === 'array') return `(${typeOf(schema.items ?? {})} | null)[]`
  if (schema.type === 'object') {
    return `Record<string, ${typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties) : 'JsonValue'} | null>`
  }
  if (schema.type === 'integer' || schema.type === 'number') return 'number'
  if (schema.type === 'string' || schema.type === 'boolean') return schema.type
  if (schema.type === undefined) return 'JsonValue'
  throw new Error(
    `No TypeScript type for the schema ${JSON.stringify(schema)}: extend typeOf in type-of-schema.ts.`,
  )
}
