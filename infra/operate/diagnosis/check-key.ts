import type { KeyMetadata, KMSClient } from '@aws-sdk/client-kms'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import {
  accountStatement,
  type KeyStatement,
  type KeyUse,
  keyPolicyStatements,
} from '../../settings/key-policy.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { advised, type Finding, right, wrong } from './finding.ts'
import { policyAllows, policyDenies } from './policy-allows.ts'

export interface StackKey {
  keyArn: string
  /** The stack's account; undefined: there is no stack yet, and the key may be another account's. */
  account: string | undefined
  hasAlarms: boolean
}

const check = 'encryption key'

/**
 * Whether a stack's own key can be used, and whether its policy lets the roles of the stack's account and CloudWatch use it. A key
 * that CloudWatch may not use for alarms makes them silent, and nothing else shows it. Not being told is no failure.
 */
export async function checkKey(
  { keyArn, account, hasAlarms }: StackKey,
  signal: AbortSignal,
): Promise<Finding> {
  const [, partition = '', , region = '', ofKey = ''] = keyArn.split(':')
  const { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({ region })
  const ask = <Answer>(command: object) => answerOf<Answer>(client, command, signal)
  try {
    const known = account ?? (await accountOfCredentials(client))
    const use: KeyUse = { partition, region, account: known ?? ofKey, hasAlarms }
    const needed = neededFor(use)
    const described = await ask<{ KeyMetadata?: KeyMetadata }>(new DescribeKeyCommand({ KeyId: keyArn }))
    if (described instanceof Error) return notTold(keyArn, described, 'kms:DescribeKey', needed)
    const unusable = unusableAs(keyArn, described.KeyMetadata)
    if (unusable) return unusable
    const policy = await ask<{ Policy?: string }>(new GetKeyPolicyCommand({ KeyId: keyArn }))
    if (policy instanceof Error) return notTold(keyArn, policy, 'kms:GetKeyPolicy', needed)
    const { Policy: text = '{}' } = policy
    return policyFinding(keyArn, text, known === undefined ? suited(text, use) : use)
  } finally {
    client.destroy()
  }
}

/** Some credentials name their account: those of IAM Identity Center, and of a role that was assumed. */
async function accountOfCredentials(client: KMSClient): Promise<string | undefined> {
  return client.config.credentials().then(
    ({ accountId }) => accountId,
    () => undefined,
  )
}

function neededFor(use: KeyUse): KeyStatement[] {
  return [accountStatement(use), ...keyPolicyStatements(use)]
}

function missingIn(policy: string, use: KeyUse): KeyStatement[] {
  return neededFor(use).filter((statement) => !policyAllows(policy, statement, use.account))
}

/** The same for the account for which a policy is made, where nobody knows whose the stack will be: a policy has to name it. */
function suited(policy: string, use: KeyUse): KeyUse {
  const named = policy.match(/\b\d{12}\b/g) ?? []
  const uses = [use.account, ...named].map((account) => ({ ...use, account }))
  return uses.find((each) => missingIn(policy, each).length === 0) ?? use
}

function policyFinding(keyArn: string, policy: string, use: KeyUse): Finding {
  const missing = missingIn(policy, use)
  if (missing.length > 0) return lacking(keyArn, missing, use)
  const said = `${keyArn} can be used by account ${use.account}, also by its CloudWatch`
  const denied = neededFor(use).filter((statement) => policyDenies(policy, statement, use.account))
  if (denied.length === 0) return right(check, said)
  return advised(
    check,
    `${said}, unless a statement of its policy that denies holds for ${usersIn(denied, use)}`,
    "See that the conditions of the statements with the effect Deny in the key's policy do not hold for them.",
  )
}

function usersIn(statements: readonly KeyStatement[], { account }: KeyUse): string {
  return statements
    .map(({ Principal }) => ('AWS' in Principal ? `the roles of account ${account}` : Principal.Service))
    .join(' and ')
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

function lacking(keyArn: string, missing: readonly KeyStatement[], use: KeyUse): Finding {
  const isSilent = missing.some(
    ({ Principal }) => 'Service' in Principal && Principal.Service === 'cloudwatch.amazonaws.com',
  )
  return wrong(
    check,
    `the policy of ${keyArn} does not let ${usersIn(missing, use)} use it${isSilent ? ', so that CloudWatch may not publish, and alarms are silent' : ''}`,
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
