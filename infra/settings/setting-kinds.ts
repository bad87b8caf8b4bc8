import { inspect } from 'node:util'
import * as z from 'zod'
import { variables } from '../../shared/runtime/environment.ts'
import { didYouMean } from '../smokeball/unlisted-types.ts'

/**
 * The kinds of settings. `allowed` completes the sentence "`maxAttempts` is 0: give …".
 */

/** A whole number, or a multiple of `step`. */
export function numberFrom(least: number, most: number, allowed: string, step = 1) {
  return z.int(allowed).min(least, allowed).max(most, allowed).multipleOf(step, allowed)
}

export function oneOf(numbers: readonly number[], of: string) {
  return z.literal([...numbers], `${of} ${numbers.join(', ')}`)
}

export function texts(pattern: RegExp, allowed: string) {
  return z.array(z.string(allowed).regex(pattern, allowed), allowed).readonly()
}

export function functionThat<F>(allowed: string) {
  return z.custom<F>((value) => typeof value === 'function', allowed)
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type TextsByName = Readonly<Record<string, string>>

const textsByName = (allowed: string) => z.custom<TextsByName>(isObject, { error: allowed, abort: true })

/** Variables of the handlers: what Lambda or this project has taken would be overwritten silently, or refused only when deployed. */
export function variableTexts(allowed: string) {
  return textsByName(allowed).check(({ value, issues }) => {
    for (const [name, text] of Object.entries(value)) {
      const complain = complaintsOf(name, value, issues)
      if (!isName(name)) complain(notAName)
      if (isTaken(name)) complain('this name is not free: give it another.')
      if (typeof text !== 'string') complain(`it is ${text}: give text.`)
    }
  })
}

/** Secrets of the handlers. The messages do not repeat what was given: it may be the secret itself. */
export function secretIds(allowed: string) {
  return textsByName(allowed).check(({ value, issues }) => {
    for (const [name, id] of Object.entries(value)) {
      const complain = complaintsOf(name, value, issues)
      if (!isName(name)) complain(notAName)
      if (!isSecretId(id)) complain('give the name or the whole ARN of a secret in Secrets Manager.')
    }
  })
}

function complaintsOf(name: string, input: unknown, issues: z.core.$ZodRawIssue[]) {
  return (message: string) =>
    issues.push({ code: 'custom', path: [name], input, message, params: { isSentence: true } })
}

const notAName = "this is no name of a variable: use letters, digits and '_', a letter first, two at least."
const isName = (name: string) => /^[A-Za-z]\w+$/.test(name)

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

/**
 * What is wrong with settings: a sentence each, which names the setting, what it is and what is allowed. `within` is written
 * before their names.
 */
export function settingProblems(schema: z.ZodObject, settings: unknown, within = ''): string[] {
  const { error } = schema.safeParse(settings)
  const problems = (error?.issues ?? []).flatMap((issue) => {
    const name = `${within}${issue.path.join('.')}`
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(groupAt(schema, issue.path).shape)
      const path = [...(name ? [name] : [])]
      return issue.keys.map(
        (key) => `There is no setting \`${[...path, key].join('.')}\`.${didYouMean(key, known)}`,
      )
    }
    if (issue.code === 'custom' && issue.params?.isSentence) return [`${name}: ${issue.message}`]
    // What stands in the place of a secret's id may be the secret itself.
    const is = issue.path.includes('secrets') ? '' : ` is ${shown(valueAt(settings, issue.path))}`
    return [`${name}${is}: give ${issue.message}.`]
  })
  // A number can be wrong in several ways, which are told in one sentence.
  return [...new Set(problems)]
}

function groupAt(schema: z.ZodObject, path: readonly PropertyKey[]): z.ZodObject {
  // Places in a list have no schema of their own.
  const names = path.filter((name) => typeof name !== 'number')
  return names.reduce<z.ZodObject>((group, name) => {
    let inner = group.shape[String(name)] as z.ZodType
    while ('unwrap' in inner) inner = (inner as z.ZodOptional<z.ZodType>).unwrap()
    return inner as z.ZodObject
  }, schema)
}

function valueAt(settings: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, name) => (value as Record<PropertyKey, unknown>)[name], settings)
}

function shown(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 5 })
}
