/**
 * A reader of JSON by the grammar of RFC 8259, written for the proofs alone: it shares nothing with what it judges, and calls
 * `JSON.parse` for nothing, which in Node 24 may hand out a wrong key (https://github.com/nodejs/node/issues/63785).
 */
export type JsonNode =
  | { kind: 'literal'; value: null | boolean; text: string }
  | { kind: 'number'; text: string }
  | { kind: 'string'; value: string; text: string }
  | { kind: 'array'; items: JsonNode[]; text: string }
  | { kind: 'object'; members: [key: string, value: JsonNode][]; text: string }

/** The document as a tree whose nodes have their exact texts; undefined if it is no JSON. Recursive: for shallow documents. */
export function readJson(json: string): JsonNode | undefined {
  const reader = new Reader(json)
  try {
    return reader.document()
  } catch (error) {
    if (error instanceof NoJson) return undefined
    throw error
  }
}

/** The last of duplicate keys counts. */
export function memberOf(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.findLast(([name]) => name === key)?.[1] : undefined
}

export function stringOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}

/** How deep arrays and objects stand in one another; `[]` is 1. For documents of any depth that are JSON. */
export function depthOf(json: string): number {
  let [depth, deepest] = [0, 0]
  const [open, close] = ['[{', ']}']
  // Strings go first: what stands in them nests nothing.
  for (const char of json.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '')) {
    if (open.includes(char)) deepest = Math.max(deepest, ++depth)
    else if (close.includes(char)) depth--
  }
  return deepest
}

/** The value as a program has it: with `lossless`, integers that a double does not hold are `bigint`. */
export function toValue(node: JsonNode, { lossless }: { lossless: boolean }): unknown {
  switch (node.kind) {
    case 'literal':
    case 'string':
      return node.value
    case 'number': {
      const value = Number(node.text)
      const isInteger = /^-?[0-9]+$/.test(node.text)
      return lossless && isInteger && !Number.isSafeInteger(value) ? BigInt(node.text) : value
    }
    case 'array':
      return node.items.map((item) => toValue(item, { lossless }))
    case 'object': {
      const object = {}
      for (const [key, member] of node.members) {
        const value = toValue(member, { lossless })
        // `__proto__` is a key as any other.
        Object.defineProperty(object, key, {
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        })
      }
      return object
    }
  }
}

class NoJson extends Error {}

class Reader {
  readonly json: string
  at = 0

  constructor(json: string) {
    this.json = json
  }

  document(): JsonNode {
    // A reader may ignore a byte order mark, and this project's do: RFC 8259, section 8.1.
    if (this.json.startsWith('\ufeff')) this.at++
    this.space()
    const node = this.value()
    this.space()
    if (this.at < this.json.length) throw new NoJson()
    return node
  }

  value(): JsonNode {
    const start = this.at
    const first = this.json[this.at]
    if (first === '{')
      return { kind: 'object', members: this.members(), text: this.json.slice(start, this.at) }
    if (first === '[') return { kind: 'array', items: this.items(), text: this.json.slice(start, this.at) }
    if (first === '"') return { kind: 'string', value: this.string(), text: this.json.slice(start, this.at) }
    for (const [text, value] of literals) {
      if (this.json.startsWith(text, this.at)) {
        this.at += text.length
        return { kind: 'literal', value, text }
      }
    }
    numberHere.lastIndex = this.at
    const text = numberHere.exec(this.json)?.[0]
    if (text === undefined) throw new NoJson()
    this.at += text.length
    return { kind: 'number', text }
  }

  members(): [string, JsonNode][] {
    return this.list('}', () => {
      if (this.json[this.at] !== '"') throw new NoJson()
      const key = this.string()
      this.space()
      this.take(':')
      this.space()
      return [key, this.value()]
    })
  }

  items(): JsonNode[] {
    return this.list(']', () => this.value())
  }

  list<T>(close: string, one: () => T): T[] {
    const found: T[] = []
    this.at++
    this.space()
    if (this.json[this.at] === close) {
      this.at++
      return found
    }
    for (;;) {
      found.push(one())
      this.space()
      if (this.json[this.at] === close) {
        this.at++
        return found
      }
      this.take(',')
      this.space()
    }
  }

  string(): string {
    let value = ''
    for (this.at++; this.json[this.at] !== '"'; this.at++) {
      const char = this.json[this.at]
      if (char === undefined || char < ' ') throw new NoJson()
      value += char === '\\' ? this.escape() : char
    }
    this.at++
    return value
  }

  escape(): string {
    this.at++
    const letter = this.json[this.at] ?? ''
    if (letter === 'u') {
      const digits = this.json.slice(this.at + 1, this.at + 5)
      if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw new NoJson()
      this.at += 4
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const meant = escapes.get(letter)
    if (meant === undefined) throw new NoJson()
    return meant
  }

  space(): void {
    while (' \t\n\r'.includes(this.json[this.at] ?? '-')) this.at++
  }

  take(char: string): void {
    if (this.json[this.at] !== char) throw new NoJson()
    this.at++
  }
}

const literals = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const
const numberHere = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const escapes = new Map([
  ...['"', '\\', '/'].map((char) => [char, char] as const),
  ...([
    ['b', '\b'],
    ['f', '\f'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
  ] as const),
])
