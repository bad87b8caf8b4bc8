import { isDeepStrictEqual } from 'node:util'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'

export type Item = Record<string, AttributeValue>

/** What an expression is evaluated against. */
export interface Scope {
  item: Item
  names: Record<string, string>
  values: Record<string, AttributeValue>
}

/** Placeholders that an expression uses: DynamoDB refuses those that are missing, and those that nobody uses. */
export interface Expression<T> {
  placeholders: ReadonlySet<string>
  evaluate(scope: Scope): T
}

export type Path = readonly string[]
type Condition = (scope: Scope) => boolean
type Operand = (scope: Scope) => AttributeValue | undefined

/** The grammar's condition, projection and update expressions, as far as the ledger uses them; anything else throws. */
export const parseCondition = cached((reader) => whole(reader, disjunction(reader)))
export const parseProjection = cached((reader) => {
  const paths = list(reader, () => path(reader))
  return whole(reader, (scope) => paths.map((each) => each(scope)))
})
export const parseUpdate = cached((reader) => {
  const steps: ((scope: Scope, item: Item) => Item)[] = []
  while (!reader.isAtEnd()) {
    const verb = reader.next()
    const clause = updateClauses[verb]
    if (!clause) throw new Error(`Not an update clause: ${verb}`)
    steps.push(...list(reader, () => clause(reader)))
  }
  return (scope: Scope) => steps.reduce((item, step) => step(scope, item), scope.item)
})

const updateClauses: Record<string, (reader: Reader) => (scope: Scope, item: Item) => Item> = {
  SET(reader) {
    const to = path(reader)
    reader.expect('=')
    const from = sum(reader)
    return (scope, item) => replace(item, to(scope), required(from(scope)))
  },
  ADD(reader) {
    const to = path(reader)
    const by = operand(reader)
    return (scope, item) => {
      const at = to(scope)
      const sum = BigInt(find(scope.item, at)?.N ?? 0) + BigInt(required(by(scope)).N ?? 'not a number')
      return replace(item, at, { N: sum.toString() })
    }
  },
  REMOVE(reader) {
    const from = path(reader)
    return (scope, item) => replace(item, from(scope), undefined)
  },
}

function disjunction(reader: Reader): Condition {
  const sides = [conjunction(reader)]
  while (reader.take('OR')) sides.push(conjunction(reader))
  return (scope) => sides.some((side) => side(scope))
}

function conjunction(reader: Reader): Condition {
  const sides = [negation(reader)]
  while (reader.take('AND')) sides.push(negation(reader))
  return (scope) => sides.every((side) => side(scope))
}

function negation(reader: Reader): Condition {
  if (reader.take('NOT')) {
    const inner = negation(reader)
    return (scope) => !inner(scope)
  }
  if (reader.take('(')) {
    const inner = disjunction(reader)
    reader.expect(')')
    return inner
  }
  if (reader.take('attribute_exists')) return exists(reader, true)
  if (reader.take('attribute_not_exists')) return exists(reader, false)
  return comparison(reader)
}

function exists(reader: Reader, wanted: boolean): Condition {
  reader.expect('(')
  const where = path(reader)
  reader.expect(')')
  return (scope) => (find(scope.item, where(scope)) !== undefined) === wanted
}

function comparison(reader: Reader): Condition {
  const left = operand(reader)
  const test = comparators[reader.next()]
  if (!test) throw new Error('Not a comparison')
  const right = operand(reader)
  return (scope) => {
    const order = compare(left(scope), right(scope))
    return order !== undefined && test(order)
  }
}

const comparators: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Undefined when one is missing or the types differ: then no comparison holds. Numbers compare exactly. */
function compare(left: AttributeValue | undefined, right: AttributeValue | undefined): number | undefined {
  if (left?.N !== undefined && right?.N !== undefined) return sign(BigInt(left.N) - BigInt(right.N))
  if (left?.S !== undefined && right?.S !== undefined)
    return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S))
  if (left === undefined || right === undefined) return undefined
  return isDeepStrictEqual(left, right) ? 0 : Number.NaN
}

function sign(difference: bigint): number {
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function sum(reader: Reader): Operand {
  const left = operand(reader)
  if (!reader.take('+')) return left
  const right = operand(reader)
  const number = (value: AttributeValue | undefined) => BigInt(required(required(value).N))
  return (scope) => ({ N: (number(left(scope)) + number(right(scope))).toString() })
}

function operand(reader: Reader): Operand {
  if (!reader.peek().startsWith(':')) {
    const where = path(reader)
    return (scope) => find(scope.item, where(scope))
  }
  const name = reader.next()
  return (scope) => scope.values[name]
}

function path(reader: Reader): (scope: Scope) => Path {
  const steps = [reader.next()]
  while (reader.take('.')) steps.push(reader.next())
  return ({ names }) => steps.map((step) => (step.startsWith('#') ? (names[step] ?? step) : step))
}

export function find(item: Item, [first = '', ...rest]: Path): AttributeValue | undefined {
  const value = item[first]
  return rest.length === 0 || value === undefined ? value : find(value.M ?? {}, rest)
}

/** A copy of the item with the value at the path set, or taken away. Throws if the path's parent is not there. */
export function replace(item: Item, [first = '', ...rest]: Path, value: AttributeValue | undefined): Item {
  if (rest.length > 0) return { ...item, [first]: { M: replace(required(item[first]?.M), rest, value) } }
  const { [first]: _, ...others } = item
  return value === undefined ? others : { ...others, [first]: value }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The expression refers to something that is not there')
  return value
}

function list<T>(reader: Reader, one: () => T): T[] {
  const all = [one()]
  while (reader.take(',')) all.push(one())
  return all
}

function whole<T>(reader: Reader, parsed: T): T {
  if (!reader.isAtEnd()) throw new Error(`Unexpected ${reader.peek()}`)
  return parsed
}

interface Reader {
  peek(): string
  next(): string
  take(token: string): boolean
  expect(token: string): void
  isAtEnd(): boolean
}

function readerOf(tokens: readonly string[]): Reader {
  let at = 0
  const reader: Reader = {
    peek: () => tokens[at] ?? '',
    next: () => tokens[at++] ?? '',
    take: (token) => tokens[at] === token && at++ >= 0,
    expect(token) {
      if (!reader.take(token)) throw new Error(`Expected ${token}, found ${reader.peek()}`)
    },
    isAtEnd: () => at >= tokens.length,
  }
  return reader
}

function cached<T>(parse: (reader: Reader) => (scope: Scope) => T): (text: string) => Expression<T> {
  const parsed = new Map<string, Expression<T>>()
  return (text) => {
    const known = parsed.get(text)
    if (known) return known
    const tokens = text.match(/[#:]?\w+|<=|>=|[^\s\w]/g) ?? []
    const made = {
      placeholders: new Set(tokens.filter((token) => /^[#:]/.test(token))),
      evaluate: parse(readerOf(tokens)),
    }
    parsed.set(text, made)
    return made
  }
}
