import { variables } from '../../shared/runtime/environment.ts'
import type { HandlerSettings } from './settings.ts'

/**
 * What is wrong with the names of variables and secrets, and with their values: what Lambda or this project has taken
 * would be overwritten silently, or refused only when deployed.
 */
export function nameProblems({ environment = {}, secrets = {} }: HandlerSettings): string[] {
  return [
    ...Object.keys({ ...environment, ...secrets })
      .filter((name) => !/^[A-Za-z]\w+$/.test(name))
      .map(
        (name) =>
          `'${name}' is no name of a variable: use letters, digits and '_', a letter first, two at least.`,
      ),
    ...Object.keys(environment)
      .filter(isTaken)
      .map((name) => `handlers.environment sets ${name}, which is not free: give it another name.`),
    ...Object.entries(environment)
      .filter(([, value]) => typeof value !== 'string')
      .map(([name, value]) => `handlers.environment.${name} is ${value}: give text.`),
    ...Object.entries(secrets)
      .filter(([, id]) => !isSecretId(id))
      .map(
        ([name]) =>
          `handlers.secrets.${name}: give the name or the whole ARN of a secret in Secrets Manager.`,
      ),
  ]
}

/** The limit of an invocation, which Lambda ends after at most 15 minutes. */
export function timeoutProblems({ timeout }: Pick<HandlerSettings, 'timeout'>): string[] {
  if (timeout === undefined) return []
  const seconds: unknown = timeout?.seconds
  if (Number.isInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= 900) return []
  return [`handlers.timeout is ${seconds} s: give Lambda { seconds: 1 } to { seconds: 900 }, whole ones.`]
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: this one is there to be set. */
const free = ['AWS_LAMBDA_EXEC_WRAPPER']

function isTaken(name: string): boolean {
  const own: readonly string[] = Object.values(variables)
  return own.includes(name) || (/^(AWS|LAMBDA)_/.test(name) && !free.includes(name))
}

/** IAM would allow nothing for a part of an ARN. A token of the CDK's is known when it is deployed. */
function isSecretId(id: unknown): boolean {
  if (typeof id !== 'string') return false
  if (id.startsWith('${Token[')) return true
  if (id.startsWith('arn:')) return /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+-\w{6}$/.test(id)
  return /^[\w/+=.@-]+$/.test(id)
}
