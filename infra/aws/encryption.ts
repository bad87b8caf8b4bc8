import { Names, Stack } from 'aws-cdk-lib'
import {
  Grant,
  type IGrantable,
  type IIdentity,
  type IPrincipal,
  Policy,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { keyPolicyStatements } from '../settings/key-policy.ts'

/** The services by way of which a role uses a key. */
type KeyedService = 'dynamodb' | 'sqs' | 'secretsmanager'

export interface EncryptionKeysProps {
  /** What is stored is encrypted with it. @default keys that AWS holds */
  readonly current: IKey | undefined
  /** What is stored may still be encrypted with them. */
  readonly previous: readonly IKey[]
}

/**
 * The keys of a pipeline, and the policies by which roles use them. These are apart from the roles' other policies, and name keys
 * alone: CloudFormation changes a policy after all that it names, so that a queue would otherwise have a new key some minutes
 * before anybody may use that key.
 */
export class EncryptionKeys extends Construct {
  /** What is stored is encrypted with it. Undefined: AWS holds the keys. */
  readonly current: IKey | undefined
  private readonly all: readonly IKey[]
  private readonly policies = new Map<IPrincipal, Policy>()

  constructor(scope: Construct, id: string, { current, previous }: EncryptionKeysProps) {
    super(scope, id)
    this.current = current
    this.all = current ? [current, ...previous] : previous
  }

  /**
   * Lets a role use the keys by way of a service, and in no other way; nothing if there is no key. The role's own policy allows
   * it, for which a key has to let its account decide, as that of each key does that the CDK or the console makes.
   */
  grant(grantee: IGrantable, use: { by: KeyedService; actions: readonly `kms:${string}`[] }): void {
    if (this.all.length === 0) return
    const allowed = {
      actions: [...use.actions],
      conditions: { StringEquals: { 'kms:ViaService': `${use.by}.${Stack.of(this).region}.amazonaws.com` } },
    }
    const resources = [...new Set(this.all.map(({ keyArn }) => keyArn))]
    const { grantPrincipal } = grantee
    // A principal of another kind, such as an account, has no policies.
    if (hasPolicies(grantPrincipal))
      this.policyOf(grantPrincipal).addStatements(new PolicyStatement({ ...allowed, resources }))
    else Grant.addToPrincipal({ grantee, ...allowed, resourceArns: resources })
  }

  /**
   * Has these get their key only when everybody who has rights on the keys by now has them. None of the roles may need one of
   * these, or CloudFormation could make neither.
   */
  grantBefore(...encrypted: readonly Construct[]): void {
    for (const each of encrypted) each.node.addDependency(...this.policies.values())
  }

  /** It lies with its role, and so in the stack of that. */
  private policyOf(principal: IIdentity): Policy {
    const known = this.policies.get(principal)
    if (known) return known
    const policy = new Policy(principal, Names.nodeUniqueId(this.node))
    principal.attachInlinePolicy(policy)
    this.policies.set(principal, policy)
    return policy
  }
}

function hasPolicies(principal: IPrincipal): principal is IIdentity {
  return 'attachInlinePolicy' in principal
}

/** Lets CloudWatch use the key for logs and alarms. It changes nothing of an imported key, whose policy is its owner's. */
export function letCloudWatchUse(key: IKey, scope: Construct, { hasAlarms }: { hasAlarms: boolean }): void {
  const { partition, region, account } = Stack.of(scope)
  for (const statement of keyPolicyStatements({ partition, region, account, hasAlarms }))
    key.addToResourcePolicy(PolicyStatement.fromJson(statement), true)
}
