import { Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Vpc } from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { expect, it } from 'vitest'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import { keyPatterns, nameOf, statementsOf } from './policy-statements.ts'
import { construct, exampleHandlers, newApp, synthesize } from './synthesize.ts'

/** What the role of a function may do: each action, with the resources by their logical ids. */
function permissions(template: Template, functionName: string): Record<string, string[]> {
  const allowed: Record<string, string[]> = {}
  for (const { Effect, Action, Resource } of statementsOf(template, functionName)) {
    expect(Effect).toBe('Allow')
    for (const action of [Action].flat())
      allowed[action] = [...(allowed[action] ?? []), ...[Resource].flat().map(nameOf)].sort()
  }
  return allowed
}

/** The patterns of partition keys by which a role may do something to the table, apart from its indexes. */
function keysByAction(template: Template, roleName: string): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const statement of statementsOf(template, roleName)) {
    const { Action, Resource } = statement
    if (![Action].flat().some((action) => action.startsWith('dynamodb:'))) continue
    if ([Resource].flat().every((resource) => nameOf(resource).startsWith('/index/'))) continue
    const like = keyPatterns(statement) ?? ['any']
    for (const action of [Action].flat()) found[action] = [...(found[action] ?? []), ...like]
  }
  return found
}

const logs = (name: string) => ({
  'logs:CreateLogStream': [`${name}LambdaLogs`],
  'logs:PutLogEvents': [`${name}LambdaLogs`],
})

it('the receiver may send to its two queues, put aside what they do not take, and read its secret', () => {
  expect(permissions(synthesize().template, 'ReceiverLambda')).toEqual({
    ...logs('Receiver'),
    'dynamodb:PutItem': ['EventTable'],
    'sqs:SendMessage': ['QueuesDeadLetters', 'QueuesEvents'],
    'secretsmanager:GetSecretValue': ['WebhookSecret'],
  })
})

it("the consumer may use the table's items, take from its queues, send on, and read the API's secret", () => {
  expect(permissions(synthesize().template, 'ConsumerLambda')).toEqual({
    ...logs('Consumer'),
    'dynamodb:GetItem': ['EventTable'],
    'dynamodb:PutItem': ['EventTable'],
    'dynamodb:UpdateItem': ['EventTable'],
    'dynamodb:DeleteItem': ['EventTable'],
    'dynamodb:Query': ['EventTable'],
    'sqs:ReceiveMessage': ['QueuesDelayed', 'QueuesEvents'],
    'sqs:DeleteMessage': ['QueuesDelayed', 'QueuesEvents'],
    'sqs:ChangeMessageVisibility': ['QueuesDelayed', 'QueuesEvents'],
    'sqs:GetQueueAttributes': ['QueuesDelayed', 'QueuesEvents'],
    'sqs:GetQueueUrl': ['QueuesDelayed', 'QueuesEvents'],
    'sqs:SendMessage': ['QueuesDeadLetters', 'QueuesDelayed', 'QueuesEvents'],
    'secretsmanager:GetSecretValue': ['ApiSecret'],
  })
})

it("the keeper may use the table's items, delete what was put aside, send what is overdue again, and read both secrets", () => {
  expect(permissions(synthesize().template, 'KeeperLambda')).toEqual({
    ...logs('Keeper'),
    'dynamodb:GetItem': ['EventTable', 'EventTable'],
    'dynamodb:PutItem': ['EventTable', 'EventTable'],
    // A statement each for accounts, for what was put aside, and for catch-up.
    'dynamodb:UpdateItem': ['EventTable', 'EventTable', 'EventTable'],
    'dynamodb:DeleteItem': ['EventTable', 'EventTable'],
    'dynamodb:Query': ['/index/due', 'EventTable', 'EventTable', 'EventTable'],
    'sqs:SendMessage': ['QueuesDeadLetters', 'QueuesDelayed', 'QueuesEvents'],
    'sqs:GetQueueAttributes': ['QueuesDelayed', 'QueuesEvents'],
    'secretsmanager:GetSecretValue': ['ApiSecret', 'WebhookSecret'],
  })
})

it('the consumer may delete marks of messages, and nothing else', () => {
  const policies = JSON.stringify(synthesize().template.findResources('AWS::IAM::Policy'))
  expect(policies).toContain(
    '"Action":"dynamodb:DeleteItem","Condition":{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["opened#*"]}}',
  )
})

it('each function may touch the kinds of keys that it needs, and a reader of events neither accounts nor API writes', () => {
  const events = ['*|*|*']
  const stack = new Stack(newApp(), 'Own')
  const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
    alarms: { none: 'a test' },
    handlers: exampleHandlers,
  })
  webhooks.grantReadEvents(
    new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
  )
  const template = Template.fromStack(stack)
  expect(keysByAction(template, 'ConsumerLambda')).toEqual({
    'dynamodb:GetItem': [
      '*|*|*',
      'opened#*',
      'aside#*',
      'write|*',
      'smokeball-api|*',
      'smokeball-accounts',
      'smokeball-removed-accounts',
    ],
    'dynamodb:PutItem': ['*|*|*', 'write|*'],
    'dynamodb:UpdateItem': ['*|*|*', 'opened#*', 'smokeball-api|*', 'smokeball-accounts'],
    'dynamodb:DeleteItem': ['opened#*'],
    'dynamodb:Query': ['smokeball-removed-accounts'],
  })
  expect(keysByAction(template, 'KeeperLambda')).toEqual({
    'dynamodb:GetItem': ['smokeball-accounts', 'smokeball-api|*', '*|*|*'],
    'dynamodb:PutItem': ['write|*', 'aside#*'],
    'dynamodb:UpdateItem': ['smokeball-accounts', 'smokeball-api|*', 'aside#*', 'smokeball-walks*'],
    'dynamodb:Query': ['smokeball-accounts', 'aside#*', 'smokeball-walks*'],
    'dynamodb:DeleteItem': ['aside#*', 'smokeball-walks*'],
  })
  expect(keysByAction(template, 'ReceiverLambda')).toEqual({ 'dynamodb:PutItem': ['aside#*'] })
  expect(keysByAction(template, 'Reader')).toEqual({ 'dynamodb:GetItem': events, 'dynamodb:Query': events })
})

it('the scheduler may invoke the keeper for the schedules of this account, and no more', () => {
  const { template } = synthesize()
  expect(permissions(template, 'KeeperSchedulerRole')).toEqual({
    'lambda:InvokeFunction': ['KeeperLambdaFunction'],
  })
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': { 'Fn::Join': ['', Match.arrayWith([':schedule-group/default'])] },
            },
          },
        },
      ],
    },
  })
})

it("the consumer may read the handlers' secrets, and what their author grants", () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:erp-AbCdEf'
  const { template } = construct({
    handlers: {
      secrets: { CRM_API_KEY: 'crm/api-key', ERP_KEY: arn },
      grants: (consumer) =>
        void consumer.addToRolePolicy(
          new PolicyStatement({ actions: ['s3:PutObject'], resources: ['arn:aws:s3:::letters/*'] }),
        ),
    },
  })
  const allowed = permissions(template, 'ConsumerLambda')
  expect(allowed['secretsmanager:GetSecretValue']).toEqual(
    expect.arrayContaining(['ApiSecret', arn, expect.stringMatching(/:secret:crm\/api-key-\?{6}$/)]),
  )
  expect(allowed['secretsmanager:GetSecretValue']).toHaveLength(3)
  expect(allowed['s3:PutObject']).toEqual(['arn:aws:s3:::letters/*'])
})

it('no role has a policy of AWS, and none may do all to anything', () => {
  const { template } = synthesize()
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role')))
    expect(Properties).not.toHaveProperty('ManagedPolicyArns')
  for (const name of ['ReceiverLambda', 'ConsumerLambda', 'Keeper'])
    for (const [action, resources] of Object.entries(permissions(template, name)))
      expect(`${action} ${resources.join(' ')}`).not.toContain('*')
})

it('in a network, the consumer alone may make network interfaces', () => {
  const stack = new Stack(newApp(), 'Own')
  new SmokeballWebhooks(stack, 'Webhooks', {
    alarms: { none: 'a test' },
    handlers: { ...exampleHandlers, vpc: (scope) => ({ vpc: new Vpc(scope, 'Vpc') }) },
  })
  const template = Template.fromStack(stack)
  template.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'index.handler',
    VpcConfig: { SubnetIds: [{}, {}] },
    MemorySize: 512,
  })
  const withPolicy = Object.entries(template.findResources('AWS::IAM::Role')).filter(
    ([, { Properties }]) => (Properties as Record<string, unknown>).ManagedPolicyArns !== undefined,
  )
  const ours = withPolicy
    .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))
    .filter((id) => id.startsWith('Webhooks'))
  expect(ours).toEqual(['WebhooksConsumerLambdaRole'])
})

it('grants a role of the user reading events, and redriving dead letters, and no more', () => {
  const stack = new Stack(newApp(), 'Own')
  const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
    alarms: { none: 'a test' },
    handlers: exampleHandlers,
  })
  const operator = new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
  webhooks.grantReadEvents(operator)
  webhooks.grantRedrive(operator)
  expect(permissions(Template.fromStack(stack), 'Operator')).toEqual({
    'dynamodb:GetItem': ['EventTable'],
    'dynamodb:Query': ['/index/due', '/index/feed', 'EventTable'],
    'sqs:ReceiveMessage': ['QueuesDeadLetters'],
    'sqs:DeleteMessage': ['QueuesDeadLetters'],
    'sqs:ChangeMessageVisibility': ['QueuesDeadLetters'],
    'sqs:GetQueueAttributes': ['QueuesDeadLetters'],
    'sqs:SendMessage': ['QueuesEvents'],
  })
})

it("grants a role of the user's backend invoking the keeper, and no more", () => {
  const stack = new Stack(newApp(), 'Own')
  const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
    alarms: { none: 'a test' },
    handlers: exampleHandlers,
  })
  const backend = new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
  webhooks.grantConnect(backend)
  expect(permissions(Template.fromStack(stack), 'Backend')).toEqual({
    'lambda:InvokeFunction': ['KeeperLambdaFunction'],
  })
})
