import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { DeployedStack } from './deploy-stack.ts'
import type { Emulator } from './emulator.ts'

export interface EncryptionKey {
  arn: string
  /** Adds to its policy the statements that a text prints, as a person would copy them. */
  allow(printed: string): Promise<void>
  /** The key that each is encrypted with. MiniStack 1.5.33 forgets that of a table. */
  encrypts(outputs: DeployedStack['outputs']): Promise<Record<'queue' | 'secret', string | undefined>>
  close(): void
}

/** Makes a key as the console does, whose policy lets its account decide, and nothing else. */
export async function makeKey({ client }: Emulator): Promise<EncryptionKey> {
  const kms = new KMSClient(client)
  const secrets = new SecretsManagerClient(client)
  const sqs = new SQSClient(client)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const arn = KeyMetadata?.Arn ?? ''
  return {
    arn,
    async allow(printed) {
      const added = JSON.parse(/\n(\[\n[\s\S]*?\n\])/.exec(printed)?.[1] ?? '') as object[]
      const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: arn }))
      const policy = JSON.parse(Policy) as { Statement: object[] }
      const changed = JSON.stringify({ ...policy, Statement: [...policy.Statement, ...added] })
      await kms.send(new PutKeyPolicyCommand({ KeyId: arn, Policy: changed }))
    },
    async encrypts({ EventQueueUrl: QueueUrl, WebhookSecretId: SecretId }) {
      const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['KmsMasterKeyId'] })
      const { Attributes } = await sqs.send(ask)
      const { KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId }))
      return {
        queue: Attributes?.KmsMasterKeyId,
        secret: KmsKeyId,
      }
    },
    close() {
      for (const each of [kms, secrets, sqs]) each.destroy()
    },
  }
}
