import type { SecretValues } from './secret-lookup.ts'

/** Shorter values may be words of any text. */
const minChars = 8

/** The text with the name of a secret in the place of its value, wherever that stands verbatim. */
export function redactSecrets(text: string, values: SecretValues): string {
  // The longest first: one value may contain another.
  const found = [...values].filter(([, value]) => value.length >= minChars && text.includes(value))
  return found
    .sort(([, a], [, b]) => b.length - a.length)
    .reduce((redacted, [name, value]) => redacted.replaceAll(value, () => `[secret ${name}]`), text)
}
