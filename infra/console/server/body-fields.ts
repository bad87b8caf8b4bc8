import { Refused } from './refused.ts'

/** One of these. Throws `Refused`. */
export function oneOf<const T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found !== undefined) return found
  throw new Refused(400, `\`${name}\` is one of ${allowed.map((each) => `'${each}'`).join(', ')}.`)
}

export function truth(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new Refused(400, `\`${name}\` is true or false.`)
}

/** A text that is not blank, of so many characters at most. Throws `Refused`. */
export function textOf(name: string, value: unknown, maxChars: number): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= maxChars) return value
  throw new Refused(400, `\`${name}\` is a text of 1 to ${maxChars} characters.`)
}

/** Texts, one at least and so many at most. Throws `Refused`. */
export function textsOf(
  name: string,
  value: unknown,
  { most, maxChars }: { most: number; maxChars: number },
): string[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= most)
    return value.map((each) => textOf(`${name}[]`, each, maxChars))
  throw new Refused(400, `\`${name}\` is a list of 1 to ${most} texts.`)
}
