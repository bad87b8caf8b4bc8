import { UsageError } from './usage-error.ts'

/** A command line that cannot be meant: exit code 2. */
export class NotUnderstood extends UsageError {
  override readonly exitCode = 2
}
