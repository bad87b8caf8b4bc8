import { RemovalPolicy } from 'aws-cdk-lib'
import type { Template } from 'aws-cdk-lib/assertions'
import { expect, it } from 'vitest'
import { construct, synthesize } from './synthesize.ts'

/** Another id would make CloudFormation make the resource anew, empty, beside what it held. */
const pinned = {
  WebhooksWebhookSecret925529C1: 'AWS::SecretsManager::Secret',
  WebhooksApiSecretFCE87F4E: 'AWS::SecretsManager::Secret',
  WebhooksQueuesDeadLettersAB66DAC3: 'AWS::SQS::Queue',
  WebhooksQueuesEventsB68D2443: 'AWS::SQS::Queue',
  WebhooksQueuesDelayed1A9066FC: 'AWS::SQS::Queue',
  WebhooksEventTableF2AE826E: 'AWS::DynamoDB::Table',
  WebhooksReceiverLambdaLogs751BFE0D: 'AWS::Logs::LogGroup',
  WebhooksConsumerLambdaLogsB0BDF181: 'AWS::Logs::LogGroup',
  WebhooksKeeperLambdaLogs9AC6BB26: 'AWS::Logs::LogGroup',
}

function resources(template: Template): Record<string, Record<string, unknown>> {
  return (template.toJSON() as { Resources: Record<string, Record<string, unknown>> }).Resources
}

function secretsOf(template: Template): unknown[] {
  return Object.entries(resources(template)).filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret')
}

it.each(['prod', 'dev'])('what holds data has its logical ids pinned, at stage %s', (stage) => {
  const { template } = synthesize({ stage })
  const kept = Object.entries(resources(template))
    .filter(([id, { Type }]) => Object.values(pinned).includes(String(Type)) && !id.includes('AccessLogs'))
    .map(([id, { Type }]) => [id, Type])
  expect(Object.fromEntries(kept)).toEqual(pinned)
})

/**
 * CloudFormation refuses to change the keys or the projection of a deployed index under its name, and the release that does it
 * cannot be deployed. For another list, give the index another name: docs/upgrading.md ("Change an index of the event table")
 * tells the way over two releases.
 */
it("the event table's indexes have their names, keys and attributes pinned", () => {
  const table = resources(synthesize().template).WebhooksEventTableF2AE826E?.Properties
  expect(table).toHaveProperty('GlobalSecondaryIndexes', [
    {
      IndexName: 'feed',
      KeySchema: [
        { AttributeName: 'feedShard', KeyType: 'HASH' },
        { AttributeName: 'feedAt', KeyType: 'RANGE' },
      ],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: [
          'type',
          'status',
          'handlers',
          'attempts',
          'reason',
          'requestId',
          'sent',
          'received',
          'subscription',
          'source',
          'user',
          'fence',
        ],
      },
    },
    {
      IndexName: 'due',
      KeySchema: [
        { AttributeName: 'dueShard', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: ['type', 'status', 'handlers', 'attempts', 'received', 'fence', 'later'],
      },
    },
  ])
})

it('nothing that holds data goes with the stack of the stage prod', () => {
  const all = resources(synthesize().template)
  for (const [id, type] of Object.entries(pinned)) {
    // A first deployment that fails takes back what it made. It cannot take a table with deletion protection.
    const policy = type === 'AWS::DynamoDB::Table' ? 'Retain' : 'RetainExceptOnCreate'
    expect([id, all[id]]).toMatchObject([id, { DeletionPolicy: policy, UpdateReplacePolicy: 'Retain' }])
  }
})

it('another stage leaves nothing but its secrets', () => {
  const all = resources(synthesize({ stage: 'dev' }).template)
  for (const [id, type] of Object.entries(pinned)) {
    const policy =
      type === 'AWS::SecretsManager::Secret'
        ? { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }
        : { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }
    expect([id, all[id]]).toMatchObject([id, policy])
  }
  expect(all.WebhooksEventTableF2AE826E?.Properties).not.toHaveProperty('DeletionProtectionEnabled', true)
})

it('two stages share no name, so that both live in one account', () => {
  const explicit = (stage: string) =>
    Object.values(resources(synthesize({ stage }).template)).flatMap(({ Type, Properties }) =>
      Object.entries(Properties as Record<string, unknown>)
        .filter(
          ([name]) =>
            /^(Name|\w+Name)$/.test(name) &&
            !['StageName', 'LogGroupName', 'FunctionName', 'MetricName', 'PolicyName'].includes(name),
        )
        .map(([name, value]) => `${Type} ${name} ${JSON.stringify(value)}`),
    )
  const prod = explicit('prod')
  expect(prod.length).toBeGreaterThan(0)
  expect(prod.filter((name) => explicit('dev').includes(name))).toEqual([])
})

it('the secrets are made by a constant: no stage, setting or context has a key generated anew', () => {
  const expected = secretsOf(synthesize().template)
  expect(expected).toMatchObject([
    [
      'WebhooksWebhookSecret925529C1',
      {
        Properties: { GenerateSecretString: { GenerateStringKey: 'signingKey', SecretStringTemplate: '{}' } },
      },
    ],
    [
      'WebhooksApiSecretFCE87F4E',
      {
        Properties: {
          GenerateSecretString: { GenerateStringKey: 'requestIdKey', SecretStringTemplate: '{}' },
        },
      },
    ],
  ])
  const others = [
    synthesize({ stage: 'dev' }),
    synthesize({ context: { clientId: 'lou1qnn0llav95f', signingKey: 'k', alarmEmail: 'ops@firm.example' } }),
    synthesize({
      settings: {
        environment: { CLIENT_ID: 'c' },
        secrets: { KEY: 'id' },
        stack: { tracing: true, toleranceMs: 600_000 },
      },
    }),
    construct({ removalPolicy: RemovalPolicy.DESTROY }),
  ]
  for (const { template } of others) expect(secretsOf(template)).toEqual(expected)
  expect(JSON.stringify(expected)).not.toContain('"SecretString"')
})

it('a restored table takes the place of the own one, which would stay, everywhere', () => {
  const { template } = synthesize({ context: { restoredTable: 'restored-events' } })
  expect(template.findResources('AWS::DynamoDB::Table')).toEqual({})
  const text = JSON.stringify(template.toJSON())
  expect(text).not.toContain('WebhooksEventTableF2AE826E')
  expect(template.toJSON()).toHaveProperty('Outputs.TableName.Value', 'restored-events')
  const functions = Object.values(template.findResources('AWS::Lambda::Function'))
  const named = functions.filter((each) => JSON.stringify(each).includes('"restored-events"'))
  expect(named).toHaveLength(3)
  expect(text).toContain(':table/restored-events/index/due')
  const own = resources(synthesize().template).WebhooksEventTableF2AE826E
  expect(own).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
})
