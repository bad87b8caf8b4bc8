import fc from 'fast-check'

/** Keys that readers look for, near misses of them, and those that objects have by nature. */
const keys = [
  ...['accountId', 'type', 'timestamp', 'payload', 'userId', 'subscriptionId', 'source'],
  ...['id', 'matterId', 'matter', 'items', 'itemId', 'href', 'rel', 'versionId', 'title', 'lastUpdated'],
  ...['payload\\', 'id\\', 'id"', 'id\n', 'id\r', 'x', '\\', '"', 'timestamp ', 'Payload', ''],
  ...['__proto__', 'constructor', 'toString', 'toJSON', 'length', '0', '1', '-1', '01', '4294967295'],
]
const oddChars = [
  '"',
  '\\',
  '/',
  '\b',
  '\n',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u2028',
  '\ud800',
  '\udc00',
  '\ufeff',
  '\uffff',
]
/** Texts of few characters, among them those that JSON escapes, and lone surrogates. */
export const someChars = fc.oneof(
  { arbitrary: fc.string({ maxLength: 12 }), weight: 4 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 12 }), weight: 1 },
  { arbitrary: fc.string({ unit: fc.constantFrom(...oddChars, 'a', '😀'), maxLength: 8 }), weight: 2 },
)

/** Any text as JSON holds it: each character as it is, or escaped in one of the ways. `style` 0 escapes only what must be. */
export function written(text: string, style: number): string {
  const chars = Array.from({ length: text.length }, (_, at) => {
    const [char, turn] = [text.charAt(at), style === 0 ? 0 : (style >>> (at % 24)) & 3]
    const short = shortEscapes.get(char)
    const digits = text.charCodeAt(at).toString(16).padStart(4, '0')
    if (turn === 1) return `\\u${digits}`
    if (turn === 2) return short ?? `\\u${digits.toUpperCase()}`
    return char < ' ' || char === '"' || char === '\\' ? (short ?? `\\u${digits}`) : char
  })
  return `"${chars.join('')}"`
}

const shortEscapes = new Map([
  ...[
    ['"', '\\"'],
    ['\\', '\\\\'],
    ['/', '\\/'],
    ['\b', '\\b'],
    ['\f', '\\f'],
  ],
  ...[
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\t', '\\t'],
  ],
] as [string, string][])

/** For `written`; mostly 0. */
export const style = fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(2 ** 30))
/** Any text, written in any way. */
export const writtenOf = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, style).map(([chars, how]) => written(chars, how))
/** A key as a document has it. */
export const key = writtenOf(
  fc.oneof({ arbitrary: fc.constantFrom(...keys), weight: 5 }, { arbitrary: someChars, weight: 1 }),
)
export const space = fc.oneof(
  { arbitrary: fc.constant(''), weight: 6 },
  { arbitrary: fc.stringMatching(/^[ \t\r\n]{0,3}$/), weight: 1 },
)

const digits = (min: number, max: number) =>
  fc.stringMatching(new RegExp(`^[1-9][0-9]{${min - 1},${max - 1}}$`))
/** Numbers as a document has them: long ones, and those near the bounds of what a double holds. */
export const number = fc.oneof(
  fc.integer().map(String),
  fc.tuple(fc.constantFrom('', '-'), digits(15, 22)).map((parts) => parts.join('')),
  fc.integer({ min: -3, max: 3 }).map((by) => String(2n ** 53n + BigInt(by))),
  fc.integer({ min: -3, max: 3 }).map((by) => String(-(2n ** 53n) + BigInt(by))),
  fc.double().map((value) => String(Number.isFinite(value) ? value : 0)),
  fc
    .tuple(digits(1, 20), fc.constantFrom('.0', '.5', 'e0', 'E+3', 'e-20', 'e400', '.25e17'))
    .map((parts) => parts.join('')),
  fc.constantFrom('0', '-0', '-0.0', '0e1', '1E400', '-1e-400', '639170696424691361', digitsOf(40)),
)

function digitsOf(length: number): string {
  return '1234567890'.repeat(length / 10)
}

/** A value of JSON as text, spaced and escaped in any way, with keys that come twice. */
export const { value: jsonValue, object: jsonObject } = fc.letrec<{
  value: string
  object: string
  array: string
}>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(number, writtenOf(someChars), fc.constantFrom('null', 'true', 'false', '""', '{}', '[]')),
    tie('object'),
    tie('array'),
  ),
  object: fc
    .tuple(fc.array(fc.tuple(key, tie('value'), space), { maxLength: 4 }), space)
    .map(([members, around]) => `{${around}${members.map(memberText).join(',')}}`),
  array: fc
    .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
    .map(([items, around]) => `[${around}${items.join(`${around},`)}]`),
}))

export function memberText([name, member, gap]: [string, string, string]): string {
  return `${gap}${name}${gap}:${gap}${member}${gap}`
}

/** Ids are opaque; some are nearly too long for a key, some are what a key would make of another. */
export const ids = fc.oneof(
  fc.uuid(),
  someChars,
  fc.constantFrom(
    '',
    'a',
    '#',
    '%',
    '|',
    'a|b',
    '..',
    '%41',
    'My Firm',
    '\ud800',
    '\ufffd',
    'x'.repeat(255),
    'x'.repeat(256),
    'x'.repeat(257),
    'ä'.repeat(100),
  ),
)
