import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseRounding } from '../../shared/lossless-json.ts'

const frame = /\(?((?:file:\/\/)?\/[^\s()]+\.mjs):(\d+):(\d+)\)?/g
const maps = new Map<string, SourceMap | undefined>()

/**
 * A stack's frames in terms of the `.ts` sources, by the source map beside the bundle. Read at the first failure and not
 * at start: Node's own `--enable-source-maps` costs every cold start.
 */
export function sourceStack(stack: string): string {
  return stack.replace(frame, (whole, file: string, line: string, column: string) => {
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (!entry || !('originalSource' in entry)) return whole
    const source = sourcePath(file, entry.originalSource)
    const at = `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    return whole.startsWith('(') ? `(${at})` : at
  })
}

/** On the machine of the sources, where they are; elsewhere, as the repository names them. */
function sourcePath(file: string, source: string): string {
  const path = resolve(dirname(filePath(file)), source)
  return existsSync(path) ? path : source.replace(/^(\.\.\/)+/, '')
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file))
  return maps.get(file)
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(
      parseRounding(readFileSync(`${filePath(file)}.map`, 'utf8')) as ConstructorParameters<
        typeof SourceMap
      >[0],
    )
  } catch {
    return undefined
  }
}

function filePath(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file
}
