import type { Template } from 'aws-cdk-lib/assertions'

export interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
  Condition?: Record<string, Record<string, string | string[]>>
}

/** What the role whose logical id has this in it may do. */
export function statementsOf(template: Template, roleName: string): Statement[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.includes(roleName))
    .flatMap(
      ([, policy]) =>
        (policy.Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
    )
}

/** The patterns that partition keys have to fit; undefined if any will do. */
export function keyPatterns({ Condition }: Statement): string[] | undefined {
  const like = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']
  return like === undefined ? undefined : [like].flat()
}

/** A resource of a statement by its logical id, without what the CDK puts around it; what comes after an ARN of the stack. */
export function nameOf(resource: unknown): string {
  if (typeof resource === 'string') return resource
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resource as Record<string, unknown[]>
  if (join) return (join[1] as unknown[]).map((part) => (typeof part === 'string' ? part : '')).join('')
  const id = String(attribute?.[0] ?? Ref)
  return id.replace(/^Webhooks/, '').replace(/[0-9A-F]{8}$/, '')
}
