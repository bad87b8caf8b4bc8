import { UsageError } from '../terminal/usage-error.ts'

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

/** There are no credentials, or AWS takes them no more. */
export function isOfCredentials(cause: unknown): cause is Error {
  return cause instanceof Error && fixes[cause.name] === logIn
}

/** What AWS, or the way to it, answered to a task such as 'read the secret x', with the fix. */
export function awsProblem(task: string, cause: unknown): UsageError {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
  const fix = fixes[name] ?? 'Look at the credentials, the region (AWS_REGION) and the network.'
  // A SyntaxError quotes what was read.
  const what = name === 'SyntaxError' ? 'the answer is none of AWS’s.' : message.replace(/[^.]$/, '$&.')
  return new UsageError(`Cannot ${task}: ${what} ${fix}`, { cause })
}
