import type { KeyMetadata, KMSClient } from '@aws-sdk/client-kms'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import { type KeyStatement, type KeyUse, keyPolicyStatements } from '../../settings/key-policy.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { advised, type Finding, right, wrong } from './finding.ts'
import { policyAllows } from './policy-allows.ts'

export interface StackKey {
  keyArn: string
  /** The stack's account; undefined: that of the key. */
  account: string | undefined
  hasAlarms: boolean
}

const check = 'encryption key'

/**
 * Whether a stack's own key can be used, and whether its policy lets CloudWatch use it: a key that nobody may use for alarms makes
 * them silent, and nothing else shows it. Not being told is no failure.
 */
export async function checkKey(
  { keyArn, account, hasAlarms }: StackKey,
  signal: AbortSignal,
): Promise<Finding> {
  const [, partition = '', , region = '', ofKey = ''] = keyArn.split(':')
  const use: KeyUse = { partition, region, account: account ?? ofKey, hasAlarms }
  const needed = keyPolicyStatements(use)
  const { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({ region })
  const ask = <Answer>(command: object) => answerOf<Answer>(client, command, signal)
  try {
    const described = await ask<{ KeyMetadata?: KeyMetadata }>(new DescribeKeyCommand({ KeyId: keyArn }))
    if (described instanceof Error) return notTold(keyArn, described, 'kms:DescribeKey', needed)
    const unusable = unusableAs(keyArn, described.KeyMetadata)
    if (unusable) return unusable
    const policy = await ask<{ Policy?: string }>(new GetKeyPolicyCommand({ KeyId: keyArn }))
    if (policy instanceof Error) return notTold(keyArn, policy, 'kms:GetKeyPolicy', needed)
    const missing = needed.filter((statement) => !policyAllows(policy.Policy ?? '{}', statement, use.account))
    return missing.length > 0
      ? lacking(keyArn, missing)
      : right(check, `${keyArn} can be used, also by CloudWatch`)
  } finally {
    client.destroy()
  }
}

async function answerOf<Answer>(
  client: KMSClient,
  command: object,
  signal: AbortSignal,
): Promise<Answer | Error> {
  try {
    return (await client.send(command as Parameters<KMSClient['send']>[0], { abortSignal: signal })) as Answer
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html */
function unusableAs(keyArn: string, { KeyState, KeySpec }: Partial<KeyMetadata> = {}): Finding | undefined {
  if (KeyState !== undefined && KeyState !== 'Enabled')
    return wrong(
      check,
      `${keyArn} is ${KeyState}: nothing that it encrypted can be read, and no alarm can be told`,
      KeyState === 'PendingDeletion'
        ? `Keep it: ${commandOn(keyArn, 'cancel-key-deletion')}, and then ${commandOn(keyArn, 'enable-key')}`
        : `Enable it: ${commandOn(keyArn, 'enable-key')}`,
    )
  if (KeySpec !== undefined && KeySpec !== 'SYMMETRIC_DEFAULT')
    return wrong(
      check,
      `${keyArn} is of the kind ${KeySpec}`,
      'Name a symmetric key in `encryptionKey`: SQS, SNS, DynamoDB and logs take no other.',
    )
  return undefined
}

function commandOn(keyArn: string, verb: string): string {
  return commandLine(`aws kms ${verb}`, { options: { 'key-id': keyArn } })
}

function lacking(keyArn: string, missing: readonly KeyStatement[]): Finding {
  const services = missing.map(({ Principal }) => Principal.Service)
  const isSilent = services.includes('cloudwatch.amazonaws.com')
  return wrong(
    check,
    `the policy of ${keyArn} does not let ${services.join(' and ')} use it${isSilent ? ', so that CloudWatch may not publish, and alarms are silent' : ''}`,
    addedText(missing),
  )
}

function notTold(keyArn: string, { name }: Error, action: string, needed: readonly KeyStatement[]): Finding {
  return advised(
    check,
    `AWS did not tell whether ${keyArn} can be used (${name})`,
    `Get the permission ${action} to have it checked. ${addedText(needed)}`,
  )
}

function addedText(statements: readonly KeyStatement[]): string {
  return `The key's policy needs, among its statements:\n${JSON.stringify(statements, null, 2)}`
}

/** Throws `UsageError` for a key by which a deployment would fail, or leave alarms silent. Where AWS does not tell, it passes. */
export async function checkKeyBefore(key: StackKey, signal: AbortSignal): Promise<void> {
  const { isRight, said, fix = '' } = await checkKey(key, signal)
  if (!isRight) throw new UsageError(`${said}.\n${fix}`)
}
