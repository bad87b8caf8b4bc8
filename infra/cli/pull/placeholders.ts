import { environments, hosts, regions } from '../../../shared/smokeball-api/hosts.ts'

/** What stands for a text: the same for the same text, and of its kind, so that an address of mail stays one. */
export interface Placeholders {
  /** `isId`: it stands where an id is expected. */
  of(text: string, isId: boolean): string
}

type Kind = 'guid' | 'id' | 'email' | 'digits' | 'text'

const guid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i
/** `8aca3574-aecb-4a6f-991d-680861bece1d_IL`: a matter type, in a state. */
const guidOfState = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(_[A-Z]{2,3})$/i
const origins = new Set(
  regions.flatMap((region) => environments.map((environment) => hosts(region, environment).apiUrl)),
)
/** Parts of links that name what there is at Smokeball. */
const pathWords = new Set(
  (
    'matters contacts staff roles relationships info layouts items tasks events files folders fees expenses invoices ' +
    'memos billingconfiguration activitycodes mattertypes stages branches firm users webhooks archive'
  ).split(' '),
)

/** Numbers texts as they come, so that the same document always becomes the same. */
export function placeholders(): Placeholders {
  const known = new Map<string, string>()
  const counts = new Map<Kind, number>()

  function next(kind: Kind): number {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    return count
  }

  function once(text: string, make: () => string): string {
    const made = known.get(text) ?? make()
    known.set(text, made)
    return made
  }

  const fakeGuid = (text: string) => {
    // Of the account that stands for all.
    if (/^[0-]+$/.test(text)) return text
    const digits = text.toLowerCase().replaceAll('-', '')
    const fake = once(digits, () => shapedGuid(next('guid')))
    return text.includes('-') ? fake : fake.replaceAll('-', '')
  }

  function path(text: string): string {
    const [bare = ''] = text.split(/[?#]/)
    return bare
      .split('/')
      .map((part) => (part === '' || pathWords.has(part) ? part : of(part, true)))
      .join('/')
  }

  function link(text: string): string {
    const [, origin = '', rest = ''] = /^(https?:\/\/[^/?#]*)(.*)$/is.exec(text) ?? []
    return `${origins.has(origin) ? origin : 'https://example.com'}${path(rest)}`
  }

  function of(text: string, isId: boolean): string {
    const [, id, state] = (isId && guidOfState.exec(text)) || []
    if (id !== undefined) return `${fakeGuid(id)}${state}`
    if (guid.test(text)) return fakeGuid(text)
    if (/^https?:\/\//i.test(text)) return link(text)
    if (/^\/\S/.test(text)) return path(text)
    return once(text, () => {
      if (/^[^\s@]+@[^\s@]+$/.test(text)) return numbered('person', next('email'), '@example.com')
      if (isId) return `id-${next('id')}`
      if (/^[\d\s()+./-]+$/.test(text) && /\d/.test(text)) return shapedDigits(text, next('digits'))
      return numbered('Redacted', next('text'), '', ' ')
    })
  }

  return { of }
}

function numbered(word: string, count: number, end: string, between = ''): string {
  return count === 1 ? `${word}${end}` : `${word}${between}${count}${end}`
}

function shapedGuid(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`
}

/** `(555) 123-4567` → `(000) 000-0001`. A count that has no room there goes before it. */
function shapedDigits(text: string, count: number): string {
  const room = text.replace(/\D/g, '').length
  const digits = String(count).padStart(room, '0')
  let at = digits.length - room
  return digits.slice(0, at) + text.replace(/\d/g, () => digits[at++] ?? '0')
}
