/** What of a template has to stay as it was released, or CloudFormation would refuse the next release or make data anew. */
export interface ReleasedTemplate {
  /** By their logical ids: the type, and the properties by which CloudFormation replaces one. */
  resources: Readonly<Record<string, StatefulResource>>
  /** Names of the outputs, each with the name of its export, if it has one. */
  outputs: Readonly<Record<string, string | null>>
  parameters: readonly string[]
}

interface StatefulResource {
  type: string
  /** A property that a template leaves out is null. */
  fixed: Readonly<Record<string, unknown>>
  /** A table's, by their names. */
  indexes?: Readonly<Record<string, unknown>>
}

/**
 * Properties whose change replaces what holds data, or is refused, by type: "Update requires: Replacement" in
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html. A secret whose
 * generation changes is given another key, though it stays.
 */
const fixedProperties: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes', 'ImportSourceSpecification'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::SecretsManager::Secret': ['Name', 'GenerateSecretString'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
}

/** A template as CloudFormation has it, as far as this reads it. */
export interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>
  Outputs?: Record<string, { Export?: { Name?: unknown } }>
  Parameters?: Record<string, unknown>
}

/** The parts of a template that a release has to keep. */
export function releasedParts({ Resources, Outputs = {}, Parameters = {} }: Template): ReleasedTemplate {
  const stateful = Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const names = fixedProperties[Type]
    if (!names) return []
    const fixed = Object.fromEntries(names.map((name) => [name, Properties[name] ?? null]))
    const indexes = indexesOf(Properties.GlobalSecondaryIndexes)
    return [[id, { type: Type, fixed, ...(indexes && { indexes }) }] as const]
  })
  const outputs = Object.entries(Outputs).map(([name, { Export }]) => {
    const exported = Export?.Name
    return [name, exported === undefined ? null : JSON.stringify(exported)] as const
  })
  return {
    resources: Object.fromEntries(stateful),
    outputs: Object.fromEntries(outputs.toSorted()),
    parameters: Object.keys(Parameters).toSorted(),
  }
}

function indexesOf(given: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(given)) return undefined
  return Object.fromEntries(
    given.map(({ IndexName, KeySchema, Projection }: Record<string, unknown>) => [
      String(IndexName),
      { KeySchema, Projection },
    ]),
  )
}

/**
 * What CloudFormation, or the commands, would not take in an update of a stack from one template to the other: a sentence each.
 * None: the update is taken as it is.
 */
export function refusedChanges(before: ReleasedTemplate, after: ReleasedTemplate): string[] {
  const ofResources = Object.entries(before.resources).flatMap(([id, was]) => {
    const is = after.resources[id]
    if (is?.type !== was.type) return [`${id} (${was.type}) is gone, and what it holds with it.`]
    const changed = Object.keys(was.fixed).filter((name) => !isSame(was.fixed[name], is.fixed[name] ?? null))
    return [
      ...changed.map((name) => `${id}: another ${name} makes a new ${was.type}, which is empty.`),
      ...indexChanges(id, was.indexes ?? {}, is.indexes ?? {}),
    ]
  })
  const gone = Object.keys(before.outputs).filter((name) => !(name in after.outputs))
  const renamed = Object.entries(before.outputs).filter(
    ([name, exported]) => exported !== null && name in after.outputs && after.outputs[name] !== exported,
  )
  const lost = before.parameters.filter((name) => !after.parameters.includes(name))
  return [
    ...ofResources,
    ...gone.map((name) => `The output ${name} is gone, which commands and other stacks may need.`),
    ...renamed.map(([name]) => `The output ${name} has another export name, which other stacks may import.`),
    ...lost.map((name) => `The parameter ${name} is gone, and with it what the stack keeps in it.`),
  ]
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html, GlobalSecondaryIndexes */
function indexChanges(id: string, was: Record<string, unknown>, is: Record<string, unknown>): string[] {
  const altered = Object.keys(was).filter((name) => name in is && !isSame(was[name], is[name]))
  const added = Object.keys(is).filter((name) => !(name in was))
  const removed = Object.keys(was).filter((name) => !(name in is))
  const count = added.length + removed.length
  return [
    ...altered.map((name) => `${id}: the index ${name} cannot have other keys or attributes under its name.`),
    ...(count > 1 ? [`${id}: ${count} indexes come or go, and an update takes one such change.`] : []),
  ]
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
