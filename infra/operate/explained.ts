import { type CommandWords, webhooksCommand } from '../../shared/runtime/command-line.ts'
import { retryDelayMs } from '../../shared/runtime/handler-errors.ts'
import { UsageError } from '../terminal/usage-error.ts'

type Next = (words: CommandWords) => string

/** Codes of the errors whose message says what the user can do. Any other error is a fault of this project. */
const mendable = new Set([
  'USAGE',
  'INVALID_API_CALL',
  'INVALID_API_SECRET',
  'SECRET_UNAVAILABLE',
  'SMOKEBALL_ERROR',
  'SMOKEBALL_UNREACHABLE',
  'NO_ACCESS_TOKEN',
  'FIRM_DISCONNECTED',
  'REFRESH_TOKEN_REFUSED',
  'LOST_REFRESH_TOKEN',
  'MISSING_API_CREDENTIALS',
  'NOTHING_TO_SUBSCRIBE',
  'OTHER_ACCOUNT',
  'ACCOUNT_IS_HELD',
  'ACCOUNT_NOT_CONNECTED',
  'INVALID_CURSOR',
  'TOO_MANY_HANDLERS',
])

/**
 * What to tell of an error, without a stack; undefined if it is not the user's to mend. `next`: makes the command that it ends
 * with, which is for the usual deployment, one for this deployment.
 */
export function explained(error: unknown, next?: Next): string | undefined {
  if (!(error instanceof Error)) return undefined
  const delayMs = retryDelayMs(error)
  if (delayMs !== undefined)
    return (
      `${error.message.replace(/ There is no time left to wait for it in this run\.$/, '')} Smokeball limits calls to 5 a ` +
      `second for all that use this client id. Try again in ${Math.ceil(delayMs / 1000)} seconds.`
    )
  if (mendable.has(String((error as Error & { code?: unknown }).code)))
    // Commands that a `UsageError` names have their flags already.
    return next && !(error instanceof UsageError) ? namedBy(next, error, error.message) : error.message
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return 'It was not done within a minute. Try again.'
  return isOfAws(error) ? awsProblem('call AWS', error).message : undefined
}

/** The text with the command that the error names as `next` makes it. */
export function namedBy(next: Next, error: unknown, text: string): string {
  const { next: words } = error as { next?: CommandWords }
  return words ? text.replace(webhooksCommand(words), () => next(words)) : text
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
