/** A statement of a key's policy. */
export interface KeyStatement {
  Sid: string
  Effect: 'Allow'
  Principal: { Service: string }
  Action: string[]
  Resource: '*'
  Condition: Record<string, Record<string, string>>
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
export function keyPolicyStatements({ partition, region, account, hasAlarms }: KeyUse): KeyStatement[] {
  const logs: KeyStatement = {
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
  const alarms: KeyStatement = {
    Sid: 'SmokeballWebhooksAlarms',
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  }
  return hasAlarms ? [logs, alarms] : [logs]
}
