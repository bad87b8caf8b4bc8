import { stringifyLossless } from '../../shared/event/lossless-json.ts'

/** What is nested deeper stands in one line: else each level would lengthen every line below it. */
const maxDepth = 16

/** JSON with every digit of a `bigint`, indented by two as `JSON.stringify` does. Throws `RangeError` if it is nested thousands deep. */
export function indentedJson(value: unknown): string {
  return indented(stringifyLossless(value))
}

/** The same of JSON that has no space between its tokens. */
export function indented(json: string): string {
  const lines: string[] = []
  let [depth, from] = [0, 0]
  const breakLine = (at: number, indent: number) => {
    lines.push(json.slice(from, at), '\n', '  '.repeat(indent))
    from = at
  }
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = closingQuote(json, at)
    else if (isEmpty(json, at)) at++
    else if (char === '{' || char === '[') {
      depth++
      if (depth <= maxDepth) breakLine(at + 1, depth)
    } else if (char === '}' || char === ']') {
      depth--
      if (depth < maxDepth) breakLine(at, depth)
    } else if (depth > maxDepth) continue
    else if (char === ',') breakLine(at + 1, depth)
    else if (char === ':') {
      lines.push(json.slice(from, at + 1), ' ')
      from = at + 1
    }
  }
  return lines.join('') + json.slice(from)
}

/** `{}` or `[]` */
function isEmpty(json: string, at: number): boolean {
  return json.startsWith('{}', at) || json.startsWith('[]', at)
}

function closingQuote(json: string, from: number): number {
  let at = from + 1
  for (let char = json[at]; char !== '"'; char = json[at]) at += char === '\\' ? 2 : 1
  return at
}
