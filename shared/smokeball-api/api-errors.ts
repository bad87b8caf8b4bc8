import { parseRounding } from '../event/lossless-json.ts'
import { type Advice, AdvisedError } from '../runtime/advised-error.ts'
import { setSecrets } from '../runtime/command-line.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import type { ApiCredentials } from './api-credentials.ts'

/** A call that is not sent, since what was asked for cannot be meant. */
export class InvalidApiCall extends Error {
  readonly code = 'INVALID_API_CALL'

  constructor(problem: string) {
    super(problem)
    this.name = 'InvalidApiCall'
  }
}

const maxDetailChars = 500

/** What is known of a call that was answered with an error. */
interface Refusal {
  method: string
  path: string
  status: number
  /** The answer's text. */
  body: string
  /** When it may be sent again at the earliest, if the answer says so. */
  retryAfterMs: number | undefined
}

/** Smokeball answered a call with anything but 2xx. Its problem document (RFC 7807), and what to do. */
export class SmokeballError extends AdvisedError {
  readonly code = 'SMOKEBALL_ERROR'
  readonly status: number
  readonly title: string | undefined
  readonly detail: string | undefined
  /** An entry for each wrong field, as Smokeball sends them. */
  readonly errors: readonly unknown[]
  readonly retryAfterMs: number | undefined

  /** `secrets`: the error leaves out whatever of these the answer quotes. */
  constructor(refusal: Refusal, credentials: ApiCredentials, secrets: ReadonlyMap<string, string>) {
    const { method, path, status, retryAfterMs } = refusal
    const { title, detail, errors } = readProblem(redactSecrets(refusal.body, secrets))
    const fields = errors.map(fieldText).join('; ').slice(0, maxDetailChars)
    const said = [title, detail, fields].filter(Boolean).join(': ')
    super(`${method} ${path} was answered ${status}${said && `: ${said}`}.`, adviceFor(refusal, credentials))
    this.name = 'SmokeballError'
    this.status = status
    this.title = title
    this.detail = detail
    this.errors = errors
    this.retryAfterMs = retryAfterMs
  }
}

interface Problem {
  title: string | undefined
  detail: string | undefined
  errors: readonly unknown[]
}

/** API Gateway, before Smokeball, answers `{ message }`; a proxy may answer anything. */
function readProblem(body: string): Problem {
  try {
    const { title, detail, message, errors } = parseRounding(body) as Record<string, unknown>
    return {
      title: text(title),
      detail: text(detail) ?? text(message),
      errors: Array.isArray(errors) ? errors : [],
    }
  } catch {
    return { title: undefined, detail: text(body.trim().startsWith('<') ? '' : body), errors: [] }
  }
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return value.replace(/\s+/g, ' ').trim().slice(0, maxDetailChars) || undefined
}

/** The texts in it, in their order: the names of its members are not documented. */
function fieldText(error: unknown): string {
  const members = typeof error === 'object' && error !== null ? Object.values(error) : [error]
  return members.filter((member) => typeof member === 'string').join(' ')
}

function adviceFor({ method, path, status }: Refusal, { regionName }: ApiCredentials): Advice {
  if (status === 401 || status === 403)
    return {
      text: `Check that the app has the scope ${scopeFor(method, path)} and the user the right, and that API key and client are those of ${regionName}`,
      next: setSecrets,
    }
  return { text: adviceBy(status, regionName) }
}

function adviceBy(status: number, regionName: string): string {
  if (status === 400 || status === 422) return 'Correct the fields that it names.'
  if (status === 404)
    return `Check path and id, and that the record is in ${regionName} and in this account; it may be gone. A new record may not be readable for some seconds.`
  if (status === 429)
    return 'All that use the client id together may send 5 requests a second: send fewer, or ask Smokeball for more.'
  if (status >= 500) return "The fault is Smokeball's: try again later."
  if (status >= 300 && status < 400) return 'Redirects are not followed, since they would take the key along.'
  return 'The answer says what is wrong.'
}

/** Those of webhooks are documented by name. https://docs.smokeball.com */
function scopeFor(method: string, path: string): string {
  if (!path.startsWith('/webhooks')) return 'for this call'
  return method === 'GET' ? 'webhooks/read' : 'webhooks/write'
}

/** Before any byte of a request is sent. */
const beforeSending = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** No answer came. Whether the call was carried out is unknown, unless `wasNeverSent`. */
export class SmokeballUnreachable extends AdvisedError {
  readonly code = 'SMOKEBALL_UNREACHABLE'
  readonly wasNeverSent: boolean

  constructor(call: { method: string; path: string; host: string }, cause: unknown) {
    const why = codeOf(cause) ?? codeOf((cause as Error | undefined)?.cause)
    const wasNeverSent = beforeSending.has(why ?? '')
    const unknown = wasNeverSent || call.method === 'GET' ? '' : ' It may have been carried out all the same.'
    super(
      `${call.method} ${call.path} got no answer from ${call.host} (${why ?? (cause as Error)?.name ?? 'unknown error'}).` +
        unknown,
      { text: 'Try again later.' },
      { cause },
    )
    this.name = 'SmokeballUnreachable'
    this.wasNeverSent = wasNeverSent
  }
}

function codeOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** The authorization server gave no access token. */
export class NoAccessToken extends AdvisedError {
  readonly code = 'NO_ACCESS_TOKEN'
  /** Whether the cause may pass by itself, so that it is worth while to try again. */
  readonly isPassing: boolean
  readonly retryAfterMs: number | undefined

  /** `status` is undefined if no answer came. */
  constructor(
    { authUrl, regionName }: ApiCredentials,
    answer: {
      status: number | undefined
      error?: string | undefined
      retryAfterMs?: number | undefined
    },
    options?: ErrorOptions,
  ) {
    const { status = 0, error, retryAfterMs } = answer
    const isPassing = status === 0 || status === 429 || status >= 500
    const said = status === 0 ? 'no answer' : [status, error].filter(Boolean).join(' ')
    const advice: Advice = isPassing
      ? { text: 'Try again later.' }
      : { text: `Check that client id and client secret are those of ${regionName}`, next: setSecrets }
    super(`${authUrl} gave no access token (${said}).`, advice, options)
    this.name = 'NoAccessToken'
    this.isPassing = isPassing
    this.retryAfterMs = retryAfterMs
  }
}

/** A refresh token that an account was to be connected by does not work. */
export class RefreshTokenRefused extends AdvisedError {
  readonly code = 'REFRESH_TOKEN_REFUSED'

  constructor(accountId: string, cause: FirmDisconnected) {
    super(
      `Smokeball does not take this refresh token for account ${accountId}: it was used up, has expired, is revoked, or is ` +
        "another client's. What the account was connected by stays.",
      {
        text: "Let one of the firm's users sign in again, with the client id that is put in here, and hand over the new refresh token.",
      },
      { cause },
    )
    this.name = 'RefreshTokenRefused'
  }
}

/** The account's refresh token has expired, or the firm has revoked access or uninstalled the app. */
export class FirmDisconnected extends AdvisedError {
  readonly code = 'FIRM_DISCONNECTED'
  readonly accountId: string

  constructor(accountId: string) {
    super(
      `Smokeball no longer takes the refresh token of account ${accountId}: it has expired, or the firm has revoked access.`,
      {
        text: 'The firm has to be connected again: let one of its users sign in, and hand over the new refresh token.',
      },
    )
    this.name = 'FirmDisconnected'
    this.accountId = accountId
  }
}

const codes = [
  'MISSING_API_CREDENTIALS',
  'FIRM_DISCONNECTED',
  'REFRESH_TOKEN_REFUSED',
  'LOST_REFRESH_TOKEN',
  'OTHER_ACCOUNT',
]

/** Whether a call failed since its credentials are missing, wrong or no longer taken: no try again will help. */
export function isCredentialsProblem(error: unknown): boolean {
  const { code, status, isPassing } = Object(error) as { code?: string; status?: number; isPassing?: boolean }
  if (code === 'SMOKEBALL_ERROR') return status === 401 || status === 403
  if (code === 'NO_ACCESS_TOKEN') return isPassing === false
  return codes.includes(code ?? '')
}
