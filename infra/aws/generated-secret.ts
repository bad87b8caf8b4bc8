import { RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { EncryptionKeys } from './encryption.ts'

/**
 * A constant, whatever the stage and the context: CloudFormation generates the key anew when it changes, and every
 * delivery would be refused from then on. What is put in later is put in past the stack.
 */
const template = JSON.stringify({})

export interface GeneratedSecretProps {
  /** The name of the generated key. */
  readonly key: string
  /** What else belongs into the secret. */
  readonly description: string
  /** The current one encrypts the secret. If there is none, `aws/secretsmanager` does. */
  readonly keys: EncryptionKeys
}

/** A secret that the deployment makes, with one generated key in it. It outlives the stack. */
export class GeneratedSecret extends Construct {
  readonly secret: Secret
  private readonly keys: EncryptionKeys

  constructor(scope: Construct, id: string, { key, description, keys }: GeneratedSecretProps) {
    super(scope, id)
    this.keys = keys
    this.secret = new Secret(this, 'Secret', {
      description,
      ...(keys.current && { encryptionKey: keys.current }),
      generateSecretString: {
        secretStringTemplate: template,
        generateStringKey: key,
        passwordLength: 48,
        excludePunctuation: true,
      },
      // Not of a first deployment that failed: nobody would know of it.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    })
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        "A key is changed together with the other side that knows it (Smokeball's subscription), which no rotation of Secrets Manager's does.",
    })
  }

  grantRead(grantee: IGrantable): Grant {
    this.keys.grant(grantee, { by: 'secretsmanager', actions: ['kms:Decrypt'] })
    return Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.secret.secretArn],
    })
  }
}
