import { Stack } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** The stack's name and the construct's path below it: no other construct of the account and region has it. */
export function nameBelowStack(construct: IConstruct, separator: string): string {
  const stack = Stack.of(construct)
  const path = construct.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id)
  return [stack.stackName, ...path].join(separator)
}
