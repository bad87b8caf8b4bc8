import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseRounding } from '../../shared/event/lossless-json.ts'

/**
 * A stack's frames in terms of the `.ts` sources, where they are frames of the bundle that this module is a part of. Where
 * it is itself a source, as in tests, there is no such bundle: then each frame is one of the bundle that it names.
 */
export const sourceStack = import.meta.url.endsWith('.ts')
  ? sourceStackOfNamed
  : sourceStackOf(import.meta.url)

/**
 * Maps frames of the bundle with this URL by the source map beside it, and leaves all else of a stack as it is: no other
 * file is read, whatever the stack names. Read at the first failure and not at start: Node's own `--enable-source-maps` costs
 * every cold start.
 */
export function sourceStackOf(bundleUrl: string): (stack: string) => string {
  const file = fileURLToPath(bundleUrl)
  /** Null: it cannot be read. */
  let map: SourceMap | null | undefined

  function mapped(line: string): string {
    const frame = frameOf(line, bundleUrl) ?? frameOf(line, file)
    if (!frame) return line
    if (map === undefined) map = readMap(`${file}.map`)
    const entry = map?.findEntry(frame.line - 1, frame.column - 1)
    if (!entry || !('originalSource' in entry)) return line
    const at = `${sourcePath(file, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    return `${frame.before}${at}${frame.after}`
  }

  return (stack) =>
    stack
      .split('\n')
      .map((line) => (line.startsWith('    at ') ? mapped(line) : line))
      .join('\n')
}

function sourceStackOfNamed(stack: string): string {
  return stack
    .split('\n')
    .map((line) => {
      const [start, end] = [line.search(/[ (]file:\/\/\//) + 1, line.lastIndexOf('.mjs:') + 4]
      if (start === 0 || end < start) return line
      try {
        return sourceStackOf(line.slice(start, end))(line)
      } catch {
        return line // It is no URL of a file.
      }
    })
    .join('\n')
}

/** A frame ends with its place: `    at name (file:///var/task/index.mjs:1:2)`, or without name and brackets. */
function frameOf(
  line: string,
  place: string,
): { before: string; line: number; column: number; after: string } | undefined {
  const end = /:(\d{1,9}):(\d{1,9})(\)?)$/.exec(line.slice(-maxPlaceChars))
  if (!end) return undefined
  const [digits, row, column, after = ''] = end
  const before = line.slice(0, line.length - digits.length - place.length)
  const isOfPlace = line.startsWith(place, before.length) && /[ (]$/.test(before.slice(-1))
  return isOfPlace ? { before, line: Number(row), column: Number(column), after } : undefined
}

/** `:123456789:123456789)` */
const maxPlaceChars = 21

/** On the machine of the sources, where they are; elsewhere, as the repository names them. */
function sourcePath(file: string, source: string): string {
  const decoded = decodedPath(source)
  const path = resolve(dirname(file), decoded)
  return existsSync(path) ? path : decoded.replace(/^(\.\.\/)+/, '')
}

/** A map's sources are URLs: `copy%20%281%29`. */
function decodedPath(source: string): string {
  try {
    return decodeURIComponent(source)
  } catch {
    return source
  }
}

function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(
      parseRounding(readFileSync(file, 'utf8')) as ConstructorParameters<typeof SourceMap>[0],
    )
  } catch {
    return null
  }
}
