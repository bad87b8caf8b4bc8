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
