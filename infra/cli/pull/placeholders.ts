import { environments, hosts, regions } from '../../../shared/smokeball-api/hosts.ts'

/** What stands for names, texts and numbers: the same for the same, another for another, and of the same kind and length. */
export interface Placeholders {
  /** `key1`, `key2` */
  name(name: string): string
  text(text: string): string
  /** `digits`: a number as JSON writes it. */
  number(digits: string): string
}

const guid = /(?<![0-9a-z])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-z])/gi
const date = /^\d{4}-\d\d-\d\d(?=$|T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)?$)/
const duration = /^P(?=T?\d)(?:\d{1,5}[YMWD])*(?:T(?:\d{1,5}[HMS])+)?$/
/** Split by what stands between the parts of a link, each part and what is between. */
const linkParts = /([/?#&=]+)/

const origins = regions.flatMap((region) =>
  environments.map((environment) => hosts(region, environment).apiUrl),
)
/** Parts of links that name what there is at Smokeball. */
const pathWords = new Set(
  (
    'matters contacts staff roles relationships info layouts items tasks events files folders fees expenses invoices ' +
    'memos billingconfiguration activitycodes mattertypes stages branches firm users webhooks archive'
  ).split(' '),
)

/** Letters stand for letters of as many bytes. No top-level domain has the first one twice, so no address is anybody's. */
const alphabets: readonly (readonly [RegExp, string])[] = [
  [/[a-z]/, 'qrstuvwxyzabcdefghijklmnop'],
  [/[A-Z]/, 'QRSTUVWXYZABCDEFGHIJKLMNOP'],
  [/[\u0080-\u07ff]/, 'αβγδεζηθικλμνξοπρστυφχψω'],
  [/[\u0800-\uffff]/, '天地人日月火水木金土山川田石花草鳥魚犬猫'],
  [/./u, '𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻'],
]
const digit = '0123456789'

/** Numbers what comes, as it comes, so that the same document always becomes the same. */
export function placeholders(): Placeholders {
  const known = new Map<string, string>()
  const counts = new Map<string, number>()

  /** From 0 on, for each kind. */
  function next(kind: string): number {
    const count = counts.get(kind) ?? 0
    counts.set(kind, count + 1)
    return count
  }

  function once(kind: string, given: string, make: () => string): string {
    const key = `${kind} ${given}`
    const made = known.get(key) ?? make()
    known.set(key, made)
    return made
  }

  function fakeGuid(text: string): string {
    // This is the account that stands for all.
    if (/^[0-]*$/.test(text)) return text
    const digits = text.toLowerCase().replaceAll('-', '')
    const fake = once('guid', digits, () => shapedGuid(next('guid') + 1))
    return text.includes('-') ? fake : fake.replaceAll('-', '')
  }

  /** A day of its own, and no time of it. */
  function fakeDate(text: string): string {
    return once('date', text, () => {
      const day = new Date(Date.UTC(2000, 0, 1 + next('date'))).toISOString().slice(0, 10)
      return day + text.slice(day.length).replace(/\d/g, '0')
    })
  }

  function link(text: string): string {
    const origin = origins.find((each) => text === each || text.startsWith(`${each}/`)) ?? ''
    const [, scheme = ''] = (origin === '' && /^(https?:\/\/)/i.exec(text)) || []
    const kept = origin || scheme.toLowerCase()
    const parts = text.slice(kept.length).split(linkParts)
    return kept + parts.map((part, at) => (at % 2 === 1 || pathWords.has(part) ? part : words(part))).join('')
  }

  /** Ids in it become other ids, each as a whole. */
  function words(text: string): string {
    const ids = text.match(guid) ?? []
    return text
      .split(guid)
      .map((part, at) => shaped(part) + fakeGuid(ids[at] ?? ''))
      .join('')
  }

  function shaped(text: string): string {
    if (Array.from(text).every((char) => alphabetOf(char) === undefined)) return text
    return once('text', text, () => shapedText(text, next))
  }

  return {
    name: (name) => once('name', name, () => `key${next('name') + 1}`),
    number: (digits) => once('number', digits, () => shapedNumber(digits, next)),
    text(text) {
      if (date.test(text)) return fakeDate(text)
      if (duration.test(text))
        return text.replace(/\d+/g, (run) => once('number', run, () => shapedNumber(run, next)))
      return /^(https?:\/\/|\/\S)/i.test(text) ? link(text) : words(text)
    },
  }
}

function shapedGuid(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`
}

/**
 * `John` → `Qqqq`, `(555) 123-4567` → `(000) 000-0000`, and of the next of this shape the first letter or digit is the next
 * one. What is neither stays. Should there be no other text of this shape left, it becomes longer.
 */
function shapedText(text: string, next: (kind: string) => number): string {
  const chars = Array.from(text, (char) => ({ char, alphabet: alphabetOf(char) }))
  let count = next(chars.map(({ char, alphabet }) => Array.from(alphabet ?? char)[0]).join(''))
  const made = chars.map(({ char, alphabet }) => {
    if (alphabet === undefined) return char
    const letters = Array.from(alphabet)
    const letter = letters[count % letters.length] ?? ''
    count = Math.floor(count / letters.length)
    return letter
  })
  return made.join('') + (count === 0 ? '' : String(count))
}

function alphabetOf(char: string): string | undefined {
  if (/\d/.test(char)) return digit
  // Whatever else can be written with: letters in circles are signs to Unicode.
  if (/[\p{ASCII}\p{P}\p{Z}\p{Sc}\p{Sm}\p{Cs}]/u.test(char) && !/[\p{L}\p{M}\p{N}]/u.test(char))
    return undefined
  return alphabets.find(([of]) => of.test(char))?.[1]
}

/**
 * The number becomes one of as many digits, with the point, the sign and the exponent where they were: `4111111111111111` → `1000000000000000`. What
 * is nothing stays, and an integer that `JSON.parse` would round is another such.
 */
function shapedNumber(given: string, next: (kind: string) => number): string {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)(\d+)(\.\d+)?([eE][+-]?\d+)?$/.exec(given) ?? []
  if (/^[0.]*$/.test(whole + fraction)) return given
  const isUnsafe = fraction + exponent === '' && !Number.isSafeInteger(Number(given))
  const before = whole === '0' ? '' : whole
  const digits = before.length + Math.max(0, fraction.length - 1)
  const count = BigInt(next([sign, before.length, fraction.length, exponent, isUnsafe].join(' ')))
  const ten = 10n ** BigInt(digits)
  const value = before === '' ? 1n + count : ten / 10n + count
  const made = String(isUnsafe && digits === 16 ? ten - 1n - count : value).padStart(digits, '0')
  const point = made.length - Math.max(0, fraction.length - 1)
  return `${sign}${made.slice(0, point) || '0'}${fraction && `.${made.slice(point)}`}${exponent}`
}
