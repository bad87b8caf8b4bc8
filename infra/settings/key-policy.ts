/** A statement of a key's policy. */
export interface KeyStatement<Principal = ServicePrincipal | AccountPrincipal> {
  Sid: string
  Effect: 'Allow'
  Principal: Principal
  Action: string[]
  Resource: '*'
  Condition?: Record<string, Record<string, string>>
}

interface ServicePrincipal {
  Service: string
}

/** An account as a whole, as `arn:aws:iam::111122223333:root`. */
interface AccountPrincipal {
  AWS: string
}

/** Where a stack is, and whether it has a topic of alarms. */
export interface KeyUse {
  partition: string
  region: string
  account: string
  hasAlarms: boolean
}

/**
 * What the policy of a customer's key has to allow, beside its account: CloudWatch calls KMS in its own name, and for it no
 * policy of a role counts. Alarms: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html ("event sources from AWS
 * services and encrypted topics"). Logs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function keyPolicyStatements({
  partition,
  region,
  account,
  hasAlarms,
}: KeyUse): KeyStatement<ServicePrincipal>[] {
  const logs: KeyStatement<ServicePrincipal> = {
    Sid: 'SmokeballWebhooksLogs',
    Effect: 'Allow',
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    Resource: '*',
    Condition: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
      },
    },
  }
  const alarms: KeyStatement<ServicePrincipal> = {
    Sid: 'SmokeballWebhooksAlarms',
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  }
  return hasAlarms ? [logs, alarms] : [logs]
}

/**
 * Without this, or one that allows more, the policies of roles do not count for a key, neither those of the functions nor that of
 * who deploys. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 * ("allows access to the AWS account and enables IAM policies")
 */
export function accountStatement({
  partition,
  account,
}: Pick<KeyUse, 'partition' | 'account'>): KeyStatement<AccountPrincipal> {
  return {
    Sid: 'SmokeballWebhooksRoles',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: [
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey*',
      'kms:ReEncrypt*',
    ],
    Resource: '*',
  }
}
