/** A text as it reads, and of each of its characters: the first and the last place in the text that it was read from. */
export interface Reading {
  readonly text: string
  readonly starts: Int32Array
  /** One behind the last. */
  readonly ends: Int32Array
}

/** A part of a text as it stands. */
export function plainReading(whole: string, start: number, end: number): Reading {
  const text = whole.slice(start, end)
  const starts = new Int32Array(text.length).map((_, at) => start + at)
  return { text, starts, ends: starts.map((at) => at + 1) }
}

/**
 * The text with one kind of encoding undone wherever there is one: once in each way that it can be read. Nothing for a kind
 * that it has none of. Time and memory are proportional to its length.
 */
export function* undoneOnce(reading: Reading): Generator<Reading> {
  yield* unescapedOnce(reading)
  yield* fromBase64(reading)
}

/** Those among them that are written character by character. */
export function* unescapedOnce(reading: Reading): Generator<Reading> {
  for (const kind of kinds) {
    const undone = unescaped(reading, kind)
    if (undone) yield undone
  }
}

interface Escapes {
  pattern: RegExp
  /** A character's code, or that of `byteCode`, or `noCode`. Undefined: it is no escape. */
  codeOf(groups: readonly (string | undefined)[]): number | undefined
}

/** A byte above 127, apart from all characters, until those beside it are known. */
const firstByteCode = 0xdc00
const byteCode = (byte: number) => (byte < 128 ? byte : firstByteCode + byte)
/** What is written where the text itself has nothing. */
const noCode = -1
const codes = (
  digits: string | undefined,
  radix: number,
  code: (value: number) => number = (value) => value,
) => (digits === undefined ? undefined : code(Number.parseInt(digits, radix)))

const percent: Escapes = {
  pattern: /%(?:([\da-f]{2})|u([\da-f]{4}))/gi,
  codeOf: ([, byte, unit]) => codes(byte, 16, byteCode) ?? codes(unit, 16),
}

/** Escapes as JSON, JavaScript, Python, Go, PHP, Rust, C and shells write them. */
const backslashes: Escapes = {
  pattern:
    /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|[ux]\{([\da-fA-F]{1,8})\}|x([\da-fA-F]{2})|([0-3][0-7]{2})|([\s\S]))/g,
  codeOf: ([, unit, long, braced, byte, octal, one = '']) =>
    codes(unit ?? long ?? braced, 16) ??
    codes(byte, 16, byteCode) ??
    codes(octal, 8, byteCode) ??
    controls.get(one) ??
    one.charCodeAt(0),
}

const controls = new Map(Object.entries({ 0: 0, a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27 }))

const entities: Escapes = {
  // HTML reads numbers and old names without the semicolon too.
  pattern: /&(?:#(\d{1,10});?|#x([\da-f]{1,8});?|([a-z]\w{1,23});|(amp|lt|gt|quot))/gi,
  codeOf: ([, decimal, hex, name, old = '']) =>
    codes(decimal, 10) ?? codes(hex, 16) ?? entityCodes().get(name ?? old),
}

/** Names of characters that follow each other, after the code of the first: of ASCII in HTML 5, and all of HTML 4. */
const entityNames =
  '9 Tab NewLine 33 excl quot num dollar percnt amp apos lpar rpar ast plus comma 46 period sol 58 ' +
  'colon semi lt equals gt quest commat 91 lbrack bsol rbrack Hat lowbar grave 123 lbrace verbar ' +
  'rbrace 34 QUOT 38 AMP 42 midast 60 LT 62 GT 91 lsqb 93 rsqb 95 UnderBar DiacriticalGrave 123 lcub ' +
  'vert rcub 124 VerticalLine 160 nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not ' +
  'shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 ' +
  'frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave ' +
  'Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml ' +
  'Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ' +
  'ucirc uuml yacute thorn yuml 338 OElig oelig 352 Scaron scaron 376 Yuml 402 fnof 710 circ 732 tilde ' +
  '913 Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho 931 ' +
  'Sigma Tau Upsilon Phi Chi Psi Omega 945 alpha beta gamma delta epsilon zeta eta theta iota kappa ' +
  'lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega 977 thetasym upsih 982 ' +
  'piv 8194 ensp emsp 8201 thinsp 8204 zwnj zwj lrm rlm 8211 ndash mdash 8216 lsquo rsquo sbquo 8220 ' +
  'ldquo rdquo bdquo 8224 dagger Dagger bull 8230 hellip 8240 permil 8242 prime Prime 8249 lsaquo ' +
  'rsaquo 8254 oline 8260 frasl 8364 euro 8465 image 8472 weierp 8476 real 8482 trade 8501 alefsym ' +
  '8592 larr uarr rarr darr harr 8629 crarr 8656 lArr uArr rArr dArr hArr 8704 forall 8706 part exist ' +
  '8709 empty 8711 nabla isin notin 8715 ni 8719 prod 8721 sum minus 8727 lowast 8730 radic 8733 prop ' +
  'infin 8736 ang 8743 and or cap cup int 8756 there4 8764 sim 8773 cong 8776 asymp 8800 ne equiv 8804 ' +
  'le ge 8834 sub sup nsub 8838 sube supe 8853 oplus 8855 otimes 8869 perp 8901 sdot 8968 lceil rceil ' +
  'lfloor rfloor 9001 lang rang 9674 loz 9824 spades 9827 clubs 9829 hearts diams'

let codeOfName: Map<string, number> | undefined

function entityCodes(): ReadonlyMap<string, number> {
  if (codeOfName) return codeOfName
  codeOfName = new Map()
  let code = 0
  for (const word of entityNames.split(' ')) {
    if (Number(word)) code = Number(word)
    else codeOfName.set(word, code++)
  }
  return codeOfName
}

/** UTF-8 that was read as Latin-1, as headers are. */
const latin1: Escapes = {
  pattern: /[\x80-\xff]/g,
  codeOf: ([byte = '']) => byteCode(byte.charCodeAt(0)),
}

/**
 * How source code and shells lay a text out: in literals that are added, as `util.inspect` writes lines, in lines that are
 * indented, and with quotes that are doubled or that stand outside of the other quotes.
 */
const layout: Escapes = {
  pattern: /'(?:\\'|"'")'|(['"])\1|["'`]\s*\+\s*["'`]|(?<=[\r\n])[ \t]+/g,
  codeOf: ([all = '', doubled]) =>
    (doubled ?? (/^'["\\]/.test(all) ? "'" : undefined))?.charCodeAt(0) ?? noCode,
}

const kinds = [percent, backslashes, entities, latin1, layout]

function unescaped(reading: Reading, { pattern, codeOf }: Escapes): Reading | undefined {
  if (reading.text.search(pattern) < 0) return undefined
  const written = writing(reading)
  let at = 0
  const copyTo = (end: number) => {
    for (; at < end; at++) written.add(reading.text.charCodeAt(at), at, at + 1)
  }
  for (const match of reading.text.matchAll(pattern)) {
    const code = codeOf(match)
    if (code === undefined || code > 0x10ffff) continue
    copyTo(match.index)
    at += match[0].length
    if (code !== noCode) written.add(code, match.index, at)
  }
  copyTo(reading.text.length)
  const undone = written.reading()
  // What is undone is shorter.
  return undone.text.length < reading.text.length ? undone : undefined
}

/** Fewer hold no eight bytes. Both alphabets; lines of a mail or of a key go on in the next. */
const base64 = /[\w+/\-\r\n]{11,}/g

/** Nobody knows where in it a text begins: each of four places, of which one is right. */
function* fromBase64(reading: Reading): Generator<Reading> {
  const runs = [...reading.text.matchAll(base64)]
  for (let skipped = 0; skipped < 4 && runs.length > 0; skipped++) {
    const written = writing(reading)
    for (const { 0: run, index } of runs) {
      let [bits, count, before] = [0, -skipped, 0]
      for (let at = 0; at < run.length; at++) {
        const six = sixBits(run.charCodeAt(at))
        if (six < 0 || count++ < 0) continue
        bits = ((bits << 6) | six) & 0xffff
        const over = (count * 6) % 8
        if (over < 6) written.add(byteCode((bits >> over) & 0xff), index + before, index + at + 1)
        before = at
      }
      // It is no character of any text.
      written.add(0xffff, index + before, index + before + 1)
    }
    yield written.reading()
  }
}

function sixBits(code: number): number {
  if (code >= 97) return code - 71
  if (code === 95) return 63
  if (code >= 65) return code - 65
  if (code >= 48) return code + 4
  if (code === 47) return 63
  return code >= 43 ? 62 : -1
}

/** No reading is longer than what it is read from. */
function writing(from: Reading) {
  const units = new Uint16Array(from.text.length)
  const [starts, ends] = [new Int32Array(from.text.length), new Int32Array(from.text.length)]
  let length = 0

  /** A code and the places in `from` that it stands at. */
  function add(code: number, start: number, end: number): void {
    put(code, from.starts[start] ?? 0, from.ends[end - 1] ?? 0)
  }

  function put(code: number, start: number, end: number): void {
    if (code > 0xffff) put(0xd7c0 + (code >> 10), start, end)
    units[length] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code
    starts[length] = start
    ends[length] = end
    length += 1
  }

  /** Decodes the bytes as UTF-8. Bytes that are not valid UTF-8 are read as Latin-1. */
  function joinBytes(): void {
    const all = length
    length = 0
    for (let at = 0, size = 1; at < all; at += size) {
      size = bytesAt(units, at)
      const code = size > 0 ? characterAt(units, at, size) : (units[at] ?? 0)
      size ||= 1
      put(code, starts[at] ?? 0, ends[at + size - 1] ?? 0)
    }
  }

  return {
    add,
    reading(): Reading {
      joinBytes()
      const text = Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
      return { text, starts: starts.subarray(0, length), ends: ends.subarray(0, length) }
    },
  }
}

/** How many bytes a character takes that begins at a place; 0 where there is no byte, but a character. */
function bytesAt(units: Uint16Array, at: number): number {
  const byte = byteAt(units, at)
  if (byte < 128 || (units[at - 1] ?? 0) >> 10 === 0x36) return 0
  const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
  for (let next = 1; next < size; next++) if (byteAt(units, at + next) >> 6 !== 2) return 1
  return size
}

/** Negative, or above 255, for a character. */
function byteAt(units: Uint16Array, at: number): number {
  const byte = (units[at] ?? 0) - firstByteCode
  return byte > 255 ? -1 : byte
}

function characterAt(units: Uint16Array, at: number, size: number): number {
  const first = byteAt(units, at)
  if (size === 1) return first
  let code = first & (0xff >> (size + 1))
  for (let next = 1; next < size; next++) code = (code << 6) | (byteAt(units, at + next) & 63)
  return code
}
