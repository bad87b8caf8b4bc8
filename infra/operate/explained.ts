import { AdvisedError, adviceText } from '../../shared/runtime/advised-error.ts'
import type { CommandWords } from '../../shared/runtime/command-line.ts'
import { retryDelayMs } from '../../shared/runtime/handler-errors.ts'
import { TryLater } from '../../shared/smokeball-api/try-later.ts'
import { UsageError } from '../terminal/usage-error.ts'

type Next = (words: CommandWords) => string

/** Codes of other errors whose message says what the user can do. Any further error is a fault of this project. */
const mendable = new Set([
  'USAGE',
  'INVALID_API_CALL',
  'INVALID_API_SECRET',
  'INVALID_CURSOR',
  'TOO_MANY_HANDLERS',
])

/**
 * What to tell of an error, without a stack; undefined if it is not the user's to mend. `next`: makes the command that it ends
 * with one for this deployment.
 */
export function explained(error: unknown, next?: Next): string | undefined {
  if (!(error instanceof Error)) return undefined
  const delayMs = retryDelayMs(error)
  if (delayMs !== undefined)
    return (
      `${error instanceof TryLater ? error.problem : error.message} Smokeball limits calls to 5 a ` +
      `second for all that use this client id. Try again in ${Math.ceil(delayMs / 1000)} seconds.`
    )
  if (error instanceof AdvisedError) return `${error.problem} ${adviceText(error.advice, next)}`
  if (mendable.has(String((error as Error & { code?: unknown }).code))) return error.message
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return 'It was not done within a minute. Try again.'
  return isOfAws(error) ? awsProblem('call AWS', error).message : undefined
}

/** The SDK puts `$metadata` on what AWS, or the way to it, has answered. */
function isOfAws(error: Error): boolean {
  return '$metadata' in error || error.name === 'CredentialsProviderError'
}

const logIn = 'Log in (aws sso login), or name another profile: --profile NAME.'
const fixes: Record<string, string> = {
  AccessDenied: 'Get that permission, or name another profile: --profile NAME.',
  AccessDeniedException: 'Get that permission, or name another profile: --profile NAME.',
  ResourceNotFoundException: 'Say where it is: AWS_REGION, --profile NAME.',
  CredentialsProviderError: logIn,
  ExpiredToken: logIn,
  ExpiredTokenException: logIn,
  InvalidClientTokenId: logIn,
  InvalidSignatureException: logIn,
  SignatureDoesNotMatch: logIn,
  TokenProviderError: logIn,
  UnrecognizedClientException: logIn,
}

/** Whether there are no credentials, or AWS does not take them any more. */
export function isAboutCredentials(cause: unknown): cause is Error {
  return cause instanceof Error && fixes[cause.name] === logIn
}

/** What AWS, or the way to it, answered to a task such as 'read the secret x', with the fix. */
export function awsProblem(task: string, cause: unknown): UsageError {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
  const fix = fixes[name] ?? 'Look at the credentials, the region (AWS_REGION) and the network.'
  // A SyntaxError would quote what was read.
  const what = name === 'SyntaxError' ? 'something other than AWS answered.' : message.replace(/[^.]$/, '$&.')
  return new UsageError(`Cannot ${task}: ${what} ${fix}`, { cause })
}
