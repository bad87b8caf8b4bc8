import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { withoutByteOrderMark } from '../../shared/event/lossless-json.ts'
import { shortened } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** Returns the variables of an env file, and none when there is no such file. Throws `UsageError` when it cannot be read. */
export function readEnvFile(file: string): Record<string, string> {
  try {
    return parseEnv(withoutByteOrderMark(readFileSync(file, 'utf8'))) as Record<string, string>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new UsageError(`Cannot read ${shortened(file)}: ${(error as Error).message}`, { cause: error })
  }
}
