import { Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { keyPolicyStatements } from '../settings/key-policy.ts'

/** The services by way of which a role uses the key. */
type KeyedService = 'dynamodb' | 'sqs' | 'secretsmanager'

/**
 * Lets a role use the key by way of a service, and in no other way; nothing if there is no key. The role's own policy allows it,
 * for which the key's has to let its account decide, as that of each key does that the CDK or the console makes.
 */
export function grantKey(
  key: IKey | undefined,
  grantee: IGrantable,
  use: { by: KeyedService; actions: readonly `kms:${string}`[] },
): void {
  if (!key) return
  Grant.addToPrincipal({
    grantee,
    actions: [...use.actions],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${use.by}.${Stack.of(key).region}.amazonaws.com` } },
  })
}

/** Lets CloudWatch use the key for logs and alarms. It changes nothing of an imported key, whose policy is its owner's. */
export function letCloudWatchUse(key: IKey, scope: Construct, { hasAlarms }: { hasAlarms: boolean }): void {
  const { partition, region, account } = Stack.of(scope)
  for (const statement of keyPolicyStatements({ partition, region, account, hasAlarms }))
    key.addToResourcePolicy(PolicyStatement.fromJson(statement), true)
}
