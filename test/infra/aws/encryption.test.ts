import { readFileSync } from 'node:fs'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { describe, expect, it } from 'vitest'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import { WebhooksStack } from '../../../infra/aws/stack.ts'
import { type Template as Parts, refusedChanges, releasedParts } from '../../../infra/aws/template-changes.ts'
import { accountStatement, keyPolicyStatements } from '../../../infra/settings/key-policy.ts'
import { settingProblems } from '../../../infra/settings/setting-kinds.ts'
import { handlerSettings } from '../../../infra/settings/settings-schema.ts'
import { type Statement, statementsOf } from './policy-statements.ts'
import { exampleHandlers, newApp, synthesize } from './synthesize.ts'

const arn = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000'
const { template } = synthesize({ settings: { stack: { encryptionKey: arn } } })
const page = readFileSync('docs/encryption.md', 'utf8')

const propertiesOf = (type: string, of = template) =>
  Object.values(of.findResources(type)).map(({ Properties }) => Properties as Record<string, unknown>)
const isOfKey = ({ Action }: Statement) => [Action].flat().every((action) => action.startsWith('kms:'))

describe('a key that the settings name', () => {
  it('encrypts the table, the queues, the secrets, the logs and the topic', () => {
    const sse = { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arn }
    expect(propertiesOf('AWS::DynamoDB::Table').map(({ SSESpecification }) => SSESpecification)).toEqual([
      sse,
    ])
    const keys = (type: string, name: string) => propertiesOf(type).map(({ [name]: key }) => key)
    expect(keys('AWS::SQS::Queue', 'KmsMasterKeyId')).toEqual([arn, arn, arn])
    expect(keys('AWS::SQS::Queue', 'SqsManagedSseEnabled')).toEqual([undefined, undefined, undefined])
    expect(keys('AWS::SecretsManager::Secret', 'KmsKeyId')).toEqual([arn, arn])
    expect(keys('AWS::Logs::LogGroup', 'KmsKeyId')).toEqual([arn, arn, arn, arn])
    expect(keys('AWS::SNS::Topic', 'KmsMasterKeyId')).toEqual([arn])
    expect(template.findOutputs('EncryptionKeyArn').EncryptionKeyArn?.Value).toBe(arn)
  })

  it('is taken by an update of a stack that is there, in which nothing is replaced', () => {
    const [before, after] = [synthesize().template, template].map((each) => each.toJSON() as Parts)
    if (!before || !after) throw new Error('There are no templates.')
    expect(refusedChanges(releasedParts(before), releasedParts(after))).toEqual([])
  })

  it('changes nothing where none is named', () => {
    const text = JSON.stringify(synthesize().template.toJSON())
    expect(text).not.toMatch(/kms|Kms|SSESpecification|EncryptionKey/)
    expect(text).toContain('"SqsManagedSseEnabled":true')
    for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'])
      for (const each of Object.values(synthesize().template.findResources(type)))
        expect(each).not.toHaveProperty('DependsOn')
    const names = Object.keys(synthesize().template.findResources('AWS::IAM::Policy'))
    expect(names.every((name) => /RoleDefaultPolicy[0-9A-F]{8}$/.test(name))).toBe(true)
  })

  it('has to be of the region of the stack', () => {
    const stackIn = (region: string) =>
      new WebhooksStack(newApp(), 'SmokeballWebhooks', {
        stage: 'prod',
        settings: { ...exampleHandlers, stack: { encryptionKey: arn } },
        env: { account: '111122223333', region },
      })
    expect(() => stackIn('us-east-1')).toThrow(/of the region eu-west-1, and the stack is in us-east-1/)
    expect(() => stackIn('eu-west-1')).not.toThrow()
  })

  it.each(['alias/events', 'arn:aws:kms:eu-west-1:111122223333:alias/events', '0a1b2c3d', ''])(
    'cannot be named by %j',
    (encryptionKey) => {
      expect(settingProblems(handlerSettings, { stack: { encryptionKey } })).toEqual([
        expect.stringMatching(/^stack\.encryptionKey is '.*': give the whole ARN of a key, and not an alias/),
      ])
    },
  )
})

describe('what may be done with the key', () => {
  /** The page's rows of a function, as `service: actions`. */
  const saidOf = (name: string) =>
    page
      .split('\n')
      .filter((line) => line.startsWith(`| ${name} | `))
      .map((row) =>
        row
          .replaceAll('`', '')
          .split('|')
          .map((cell) => cell.trim()),
      )
      .map(([, , by, actions]) => `${by}: ${actions}`)

  /** What a role may do, as the page says it. */
  const allowedTo = (role: string, of = template) => {
    const byService = new Map<string, Set<string>>()
    for (const statement of statementsOf(of, role).filter(isOfKey)) {
      const via = statement.Condition?.StringEquals?.['kms:ViaService']
      const service = /([a-z]+)\.\W/.exec(JSON.stringify(via))?.[1] ?? 'anything'
      const actions = byService.get(service) ?? new Set()
      for (const action of [statement.Action].flat()) actions.add(action)
      byService.set(service, actions)
    }
    return [...byService].map(([service, actions]) => `${service}: ${[...actions].sort().join(', ')}`)
  }

  it.each(['receiver', 'consumer', 'keeper'])(
    'docs/encryption.md says what the %s may do, and no more',
    (name) => {
      const allowed = allowedTo(`${name.charAt(0).toUpperCase()}${name.slice(1)}Lambda`)
      expect(allowed).toHaveLength(3)
      expect(saidOf(name).sort()).toEqual(allowed.sort())
    },
  )

  it('a function may use this key alone', () => {
    for (const name of ['ReceiverLambda', 'ConsumerLambda', 'KeeperLambda'])
      for (const { Resource } of statementsOf(template, name).filter(isOfKey)) expect(Resource).toBe(arn)
    expect(statementsOf(template, 'KeeperSchedulerRole').filter(isOfKey)).toEqual([])
  })

  it('a reader of events may decrypt by the table, and who redrives by the queues', () => {
    const stack = new Stack(newApp(), 'Own')
    const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
      alarms: { none: 'a test' },
      handlers: exampleHandlers,
      encryptionKey: new Key(stack, 'Key'),
    })
    const assumedBy = new ServicePrincipal('ec2.amazonaws.com')
    webhooks.grantReadEvents(new Role(stack, 'Reader', { assumedBy }))
    webhooks.grantRedrive(new Role(stack, 'Redriver', { assumedBy }))
    const own = Template.fromStack(stack)
    expect(allowedTo('Reader', own)).toEqual(['dynamodb: kms:Decrypt, kms:DescribeKey'])
    expect(allowedTo('Redriver', own)).toEqual(['sqs: kms:Decrypt, kms:GenerateDataKey'])
  })
})

describe('the policies by which roles use the key', () => {
  const previous = arn.replace('0a1b2c3d', '9f8e7d6c')
  const rolePolicies = (of: Template) =>
    Object.entries(of.findResources('AWS::IAM::Policy')).map(([id, { Properties, DependsOn }]) => {
      const { PolicyDocument, Roles } = Properties as {
        PolicyDocument: { Statement: Statement[] }
        Roles: { Ref: string }[]
      }
      return { id, statements: PolicyDocument.Statement, Roles, DependsOn }
    })
  const keyPoliciesOf = (of: Template) =>
    rolePolicies(of).filter(({ statements }) => statements.some(isOfKey))
  const encryptedBy = (key: string, of: Template) =>
    Object.entries(of.toJSON().Resources as Record<string, { Type: string; DependsOn?: string[] }>).filter(
      ([, each]) =>
        /^AWS::(DynamoDB::Table|SQS::Queue|SecretsManager::Secret)$/.test(each.Type) &&
        JSON.stringify(each).includes(key),
    )

  it('are one for each function, which names keys alone, and waits for its role alone', () => {
    const found = keyPoliciesOf(template)
    expect(found).toHaveLength(3)
    for (const { statements, Roles, DependsOn } of found) {
      expect(statements.every(isOfKey)).toBe(true)
      for (const { Resource, Condition } of statements) {
        expect(Resource).toBe(arn)
        expect(Condition?.StringEquals).toHaveProperty('kms:ViaService')
      }
      expect(Roles).toHaveLength(1)
      expect(DependsOn).toBeUndefined()
    }
  })

  it('come before all that is encrypted', () => {
    const ids = keyPoliciesOf(template).map(({ id }) => id)
    const encrypted = encryptedBy(arn, template)
    expect(encrypted).toHaveLength(6)
    for (const [, { DependsOn = [] }] of encrypted) expect(DependsOn).toEqual(expect.arrayContaining(ids))
  })

  it('keep the rights on a previous key, from one key to another and to none', () => {
    const others = { previousEncryptionKeys: [previous] }
    const changed = synthesize({ settings: { stack: { ...others, encryptionKey: arn } } }).template
    const ended = synthesize({ settings: { stack: others } }).template
    const shapeOf = (of: Template) =>
      keyPoliciesOf(of).map(({ id, statements }) => [
        id,
        statements.map(({ Action, Condition }) => [Action, Condition]),
      ])
    for (const [of, keys] of [
      [changed, [arn, previous]],
      [ended, previous],
    ] as const) {
      expect(shapeOf(of)).toEqual(shapeOf(template))
      for (const { Resource } of keyPoliciesOf(of).flatMap(({ statements }) => statements))
        expect(Resource).toEqual(keys)
    }
    expect(encryptedBy(arn, changed)).toHaveLength(6)
    for (const of of [changed, ended]) expect(encryptedBy(previous, of)).toEqual([])
  })

  it('name previous keys by whole ARNs of the region of the stack', () => {
    expect(settingProblems(handlerSettings, { stack: { previousEncryptionKeys: ['alias/events'] } })).toEqual(
      [expect.stringMatching(/^stack\.previousEncryptionKeys.*a list of former values/)],
    )
    const elsewhere = () =>
      new WebhooksStack(newApp(), 'SmokeballWebhooks', {
        stage: 'prod',
        settings: { ...exampleHandlers, stack: { previousEncryptionKeys: [arn] } },
        env: { account: '111122223333', region: 'us-east-1' },
      })
    expect(elsewhere).toThrow(/stack\.previousEncryptionKeys\.0 is of the region eu-west-1/)
  })

  it('are of two pipelines in one stack side by side, also on a role of both', () => {
    const stack = new Stack(newApp(), 'Own')
    const reader = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
    for (const id of ['One', 'Other'])
      new SmokeballWebhooks(stack, id, {
        alarms: { none: 'a test' },
        handlers: exampleHandlers,
        encryptionKey: new Key(stack, `${id}Key`),
      }).grantReadEvents(reader)
    const ofReader = keyPoliciesOf(Template.fromStack(stack)).filter(({ id }) => id.startsWith('Reader'))
    expect(ofReader).toHaveLength(2)
  })

  it('may be of a principal that has none, as another account', () => {
    const stack = new Stack(newApp(), 'Own')
    const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
      alarms: { none: 'a test' },
      handlers: exampleHandlers,
      encryptionKey: new Key(stack, 'Key'),
    })
    expect(() => webhooks.grantReadEvents(new AccountPrincipal('444455556666'))).not.toThrow()
    expect(keyPoliciesOf(Template.fromStack(stack))).toHaveLength(3)
  })
})

describe('the policy of the key', () => {
  const ofServices = (of: Template) =>
    propertiesOf('AWS::KMS::Key', of)
      .flatMap(
        ({ KeyPolicy }) => (KeyPolicy as { Statement: (Statement & { Principal: object })[] }).Statement,
      )
      .filter(({ Principal }) => 'Service' in Principal)
      .map(({ Principal, Action, Condition }) => ({ Principal, Action, Condition }))

  const own = (alarmed: boolean) => {
    const stack = new Stack(newApp(), 'Own', { env: { account: '111122223333', region: 'eu-west-1' } })
    const encryptionKey = new Key(stack, 'Key')
    const alarms = alarmed
      ? { topic: new Topic(stack, 'Told', { masterKey: encryptionKey }) }
      : { none: 'a test' }
    new SmokeballWebhooks(stack, 'Webhooks', { alarms, handlers: exampleHandlers, encryptionKey })
    return Template.fromStack(stack)
  }
  const place = { partition: 'aws', region: 'eu-west-1', account: '111122223333' }

  it('lets CloudWatch write logs and tell alarms, where the app makes the key', () => {
    const expected = keyPolicyStatements({ ...place, hasAlarms: true })
    // The partition is known when it is deployed.
    const text = JSON.stringify(ofServices(own(true))).replace(
      '{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":logs:eu-west-1:111122223333:log-group:*"]]}',
      '"arn:aws:logs:eu-west-1:111122223333:log-group:*"',
    )
    expect(JSON.parse(text)).toEqual(
      expected.map(({ Principal, Action, Condition }) => ({ Principal, Action, Condition })),
    )
    expect(expected.map(({ Principal }) => Principal.Service)).toEqual([
      'logs.eu-west-1.amazonaws.com',
      'cloudwatch.amazonaws.com',
    ])
  })

  it('says nothing of alarms where there are none', () => {
    expect(ofServices(own(false))).toMatchObject([{ Principal: { Service: 'logs.eu-west-1.amazonaws.com' } }])
  })

  it('is told by docs/encryption.md as it has to be', () => {
    const told = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json))
    expect(told).toEqual([keyPolicyStatements({ ...place, hasAlarms: true }), [accountStatement(place)]])
  })
})
