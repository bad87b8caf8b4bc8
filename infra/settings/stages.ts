import { commandLine } from '../../shared/runtime/command-line.ts'
import { NotUnderstood } from '../terminal/usage-error.ts'

/** The stage unless another is named: the one that real deliveries go to. */
export const production = 'prod'

/** Whether the stack of a stage makes alarms, and a topic for them. */
export function hasAlarmTopic(stage: string, emails: readonly string[] = []): boolean {
  return stage === production || emails.length > 0
}

/** Name of a stage's stack. Throws `NotUnderstood` for what cannot be part of one. */
export function stackName(stage: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(stage))
    throw new NotUnderstood(
      `'${stage}' cannot be a stage: use lower-case letters, digits and '-', a letter first, such as --stage dev.`,
    )
  // The settings are told by it that they are those of `npm start`, whose values are for this machine.
  if (stage === 'local')
    throw new NotUnderstood(
      `'local' cannot be a stage: it is what npm start calls itself. Name another: --stage dev.`,
    )
  return stage === production ? 'SmokeballWebhooks' : `SmokeballWebhooks-${stage}`
}

/** The stage whose stack has this name; undefined for a stack with a name of its own. */
export function stageOfStack(name: string): string | undefined {
  const ofProduction = stackName(production)
  if (name === ofProduction) return production
  const [, stage] = new RegExp(`^${ofProduction}-([a-z][a-z0-9-]*)$`).exec(name) ?? []
  return stage
}

/** The command that deploys the stack with this name: with a name of its own, it is in an app of its user's. */
export function toDeploy(name: string): string {
  const stage = stageOfStack(name)
  if (stage === undefined) return commandLine('npx cdk deploy', { command: [name] })
  return stage === production ? 'npm run deploy' : commandLine('npm run deploy --', { options: { stage } })
}
