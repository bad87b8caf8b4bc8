import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { parseLossless, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** A file that keeps something of a run for the next one. */
export interface KeptFile {
  /** What was written last; undefined when there is nothing. Throws `UsageError` when it cannot be read. */
  read(): unknown
  write(value: unknown): void
}

/** `without`: what follows when the file is removed, for the message about one that cannot be read. */
export function keptFile(file: string, without: string): KeptFile {
  return {
    read() {
      try {
        return parseLossless(readFileSync(file, 'utf8'))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        const why = (error as Error).message
        throw new UsageError(`Cannot read ${file}: ${why}. Remove it: ${without}.`, { cause: error })
      }
    },
    write: (value) => replaceFile(file, stringifyLossless(value)),
  }
}

/** Writes a file in one step: whoever reads it meanwhile finds the previous one, whole. Only its owner may read it. */
export function replaceFile(file: string, text: string): void {
  const next = `${file}.${process.pid}`
  rmSync(next, { force: true })
  writeFileSync(next, text, { mode: 0o600, flag: 'wx' })
  renameSync(next, file)
}
