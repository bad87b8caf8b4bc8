import { type JsonValue, parseLossless } from '../event/lossless-json.ts'
import type { SecretValues } from './secret-lookup.ts'
import { plainReading, type Reading, undoneOnce, unescapedOnce } from './undo-encodings.ts'

/** A secret that can be written in fewer characters might be a word of any text. */
const minWrittenChars = 8
/** Shorter texts turn up by chance in any long text that is encoded. */
const minChars = 4
/** Enough for a URL in JSON in a JSON text in HTML. */
const maxEncodings = 4
/** How much is read at each depth, for each character of the text: enough for all of two encodings, whatever the text. */
const maxReadTimes = 48
/** What is read at a time, so that a text of megabytes takes no more memory than one of this length. */
const partChars = 16_384
/** What a character of a secret may take, encoded twice: `%25E2%2582%25AC`. */
const maxTimesLonger = 16
/** `util.inspect` shows no more than the beginning of a longer buffer. */
const maxInspectedBytes = 50
/** The form of a member's name. The keys of services look different. */
const memberName = /^[a-z_-]{1,24}\d{0,2}$/i

/**
 * The text with the name of a secret in the place of its value, and with that of the member (`[secret DATABASE.password]`)
 * in the place of each text in a value that is JSON: with or without the space around it, as it is and as libraries write it
 * into a URL, a form, a header (base64 of `user:secret`), JSON, XML, HTML, source code or a dump of bytes, and one in the
 * other. What forms and URLs change counts as the same: a space and a plus sign, a backslash and a slash, large and small
 * letters. In time proportional to the text's length. For failures, which are rare: nothing is kept. `maxChars` is how much of it is wanted: no more is read
 * than that takes.
 */
export function redactSecrets(
  text: string,
  values: SecretValues,
  maxChars = Number.POSITIVE_INFINITY,
): string {
  const forms = formsOf(values)
  if (forms.length === 0) return text.slice(0, maxChars)
  // Parts overlap by as much as the longest may take.
  const overlap = maxTimesLonger * Math.max(...Array.from(values.values(), ({ length }) => length))
  const length = Math.max(partChars, 4 * overlap)
  const redacted = redactedText(text)
  for (let start = 0; ; start += length - overlap) {
    const isLast = start + length >= text.length
    const end = isLast ? text.length : start + length - overlap
    redacted.add(placesIn(plainReading(text, start, start + length), forms), end)
    if (isLast || redacted.text().length >= maxChars) return redacted.text().slice(0, maxChars)
  }
}

interface Form {
  /** The text that `comparable` makes of it. */
  text: string
  label: string
}

/** A place in a text that is to be left out. */
interface Place {
  start: number
  end: number
  label: string
}

function formsOf(values: SecretValues): Form[] {
  const forms = [...values].flatMap(([name, value]) =>
    [{ name, text: value }, ...membersIn(value, name)].flatMap((named) => {
      const label = `[secret ${named.name}]`
      const texts = new Set([named.text, named.text.trim()].flatMap(variants).map(comparable))
      return Array.from(texts, (text) => ({ text, label }))
    }),
  )
  // Where two forms begin alike, the longer one is tried first.
  return forms.sort((a, b) => b.text.length - a.text.length)
}

function variants(text: string): string[] {
  // Forms and mails end lines by CR LF, and XML reads those as LF. A URL leaves them out, and tabs.
  const lines = [
    text,
    text.replaceAll('\r\n', '\n'),
    text.replaceAll(/\r?\n/g, '\r\n'),
    text.replaceAll(/[\r\n\t]/g, ''),
  ]
  // URLs, and some writers of HTML, escape no escape again.
  const undone = [...new Set(lines)].flatMap((each) =>
    Array.from(unescapedOnce(plainReading(each, 0, each.length)), (reading) => reading.text),
  )
  return [...lines, ...undone, ...dumps(text)].filter(({ length }) => length >= minChars)
}

/** The bytes as `util.inspect` and JSON write a buffer, and in hexadecimal digits. */
function dumps(text: string): string[] {
  if (text.length < minChars) return []
  const bytes = Buffer.from(text)
  const inspected = bytes.toString('hex', 0, maxInspectedBytes).replaceAll(/..(?=.)/g, '$& ')
  return [bytes.toString('hex'), inspected, bytes.join(',')]
}

/** The result is as long as the text. */
function comparable(text: string): string {
  const lowered = text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase()
  return lowered.toWellFormed().replaceAll(' ', '+').replaceAll('\\', '/')
}

interface Named {
  name: string
  text: string
}

/** The texts at any depth of a JSON text; none of another. */
function membersIn(json: string, name: string): Named[] {
  try {
    return leavesOf(parseLossless(json), name)
  } catch {
    return []
  }
}

function leavesOf(value: JsonValue, name: string): Named[] {
  if (typeof value === 'string') return [{ name, text: value }]
  if (typeof value !== 'object' || !value) return []
  return Object.entries(value).flatMap(([key, member]) =>
    leavesOf(member, Array.isArray(value) || memberName.test(key) ? `${name}.${key}` : name),
  )
}

/** In the text as it stands, and with encodings undone, one after the other, in each order. */
function placesIn(plain: Reading, forms: readonly Form[]): Place[] {
  const places: Place[] = []
  const chars = new Array<number>(maxEncodings + 1).fill(0)

  function look(reading: Reading, depth: number): void {
    chars[depth] = (chars[depth] ?? 0) + reading.text.length
    addPlaces(places, reading, forms)
    if (depth === maxEncodings) return
    for (const undone of undoneOnce(reading)) {
      if ((chars[depth + 1] ?? 0) > maxReadTimes * plain.text.length) return
      look(undone, depth + 1)
    }
  }

  look(plain, 0)
  return places
}

function addPlaces(places: Place[], reading: Reading, forms: readonly Form[]): void {
  const text = comparable(reading.text)
  for (const form of forms) {
    const { length } = form.text
    for (let at = text.indexOf(form.text); at >= 0; ) {
      const [start = 0, end = 0] = [reading.starts[at], reading.ends[at + length - 1]]
      const isPlace = end - start >= minWrittenChars
      if (isPlace) places.push({ start, end, label: form.label })
      // One that is too short may overlap one that is not: `aaa%61%61%61%61` holds `aaaa` four times.
      at = text.indexOf(form.text, at + (isPlace ? length : 1))
    }
  }
}

/** Grows from its beginning: with labels in the place of places, of which the first, and then the longest, counts. */
function redactedText(text: string) {
  let redacted = ''
  let at = 0
  let last: string | undefined

  return {
    text: () => redacted,
    /** Goes on to an end. Places that begin behind it are found again with the next part. */
    add(places: readonly Place[], to: number): void {
      const inOrder = places.toSorted((a, b) => a.start - b.start || b.end - a.end)
      for (const { start, end, label } of inOrder) {
        if (end <= at || start >= to) continue
        redacted += text.slice(at, start)
        if (start >= at || label !== last) redacted += label
        at = end
        last = label
      }
      redacted += text.slice(at, to)
      at = Math.max(at, to)
    },
  }
}
