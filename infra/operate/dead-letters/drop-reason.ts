import { UsageError } from '../../terminal/usage-error.ts'

const maxChars = 500

/** A written reason as it is recorded. Throws `UsageError`. */
export function dropReason(text: string): string {
  const reason = text.trim()
  if (reason === '') throw new UsageError('Say why it is dropped: the reason is kept with the event.')
  if (reason.length <= maxChars) return reason
  throw new UsageError(`The reason has ${reason.length} characters: at most ${maxChars} are kept.`)
}
