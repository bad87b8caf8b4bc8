import { type JsonValue, parseLossless, stringifyLossless } from './lossless-json.ts'
import type { SecretValues } from './secret-lookup.ts'

/** Shorter ones may be words of any text. */
const minChars = 8

/**
 * The text with the name of a secret in the place of its value, and of each text in a value that is JSON: verbatim,
 * without the space around it, as in a JSON text and as in a URL. For failures, which are rare: nothing is kept.
 */
export function redactSecrets(text: string, values: SecretValues): string {
  return formsOf(values).reduce((redacted, form) => redacted.replaceAll(form.text, () => form.label), text)
}

function formsOf(values: SecretValues): { text: string; label: string }[] {
  const forms = [...values].flatMap(([name, value]) => {
    const texts = new Set([value, ...textsIn(value)].flatMap(writings))
    return [...texts]
      .filter(({ length }) => length >= minChars)
      .map((text) => ({ text, label: `[secret ${name}]` }))
  })
  // The longest first: one may contain another.
  return forms.sort((a, b) => b.text.length - a.text.length)
}

function writings(text: string): string[] {
  const trimmed = text.trim()
  return [text, trimmed].flatMap((each) => [
    each,
    stringifyLossless(each).slice(1, -1),
    encodeURIComponent(each.toWellFormed()),
  ])
}

/** Those at any depth of a JSON text; none of another. */
function textsIn(json: string): string[] {
  try {
    return leavesOf(parseLossless(json))
  } catch {
    return []
  }
}

function leavesOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value ? Object.values(value).flatMap(leavesOf) : []
}
