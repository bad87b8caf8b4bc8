import { parseRounding } from '../event/lossless-json.ts'
import { type CommandWords, setSecrets, webhooksCommand } from '../runtime/command-line.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import type { ApiCredentials } from './api-credentials.ts'

const maxDetailChars = 500

/** What is known of a call that was answered with an error. */
export interface Refusal {
  method: string
  path: string
  status: number
  /** The answer's text. */
  body: string
  /** When it may be sent again at the earliest, if the answer says so. */
  retryAfterMs: number | undefined
}

/** Smokeball answered a call with anything but 2xx. Its problem document (RFC 7807), and what to do. */
export class SmokeballError extends Error {
  readonly code = 'SMOKEBALL_ERROR'
  readonly status: number
  readonly title: string | undefined
  readonly detail: string | undefined
  /** One of each wrong field, as Smokeball sends them. */
  readonly errors: readonly unknown[]
  readonly whatToDo: string
  readonly retryAfterMs: number | undefined
  readonly next: CommandWords | undefined

  /** `secrets`: whatever of these an answer quotes is left out. */
  constructor(refusal: Refusal, credentials: ApiCredentials, secrets: ReadonlyMap<string, string>) {
    const { method, path, status, retryAfterMs } = refusal
    const { title, detail, errors } = readProblem(redactSecrets(refusal.body, secrets))
    const whatToDo = adviceFor(refusal, credentials)
    const fields = errors.map(fieldText).join('; ').slice(0, maxDetailChars)
    const said = [title, detail, fields].filter(Boolean).join(': ')
    super(`${method} ${path} was answered ${status}${said && `: ${said}`}. ${whatToDo}`)
    this.name = 'SmokeballError'
    this.status = status
    this.title = title
    this.detail = detail
    this.errors = errors
    this.whatToDo = whatToDo
    this.retryAfterMs = retryAfterMs
    this.next = status === 401 || status === 403 ? setSecrets : undefined
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

/** The names of its members are not documented: the texts in it, as they come. */
function fieldText(error: unknown): string {
  const members = typeof error === 'object' && error !== null ? Object.values(error) : [error]
  return members.filter((member) => typeof member === 'string').join(' ')
}

function adviceFor({ method, path, status }: Refusal, { place }: ApiCredentials): string {
  if (status === 400 || status === 422) return 'Correct what it names.'
  if (status === 401 || status === 403)
    return (
      `Check that the app has the scope ${scopeFor(method, path)} and the user the right, and that API key and client are those of ${place}: ` +
      webhooksCommand(setSecrets)
    )
  if (status === 404)
    return `Check path and id, and that the record is in ${place} and in this account; it may be gone.`
  if (status === 429)
    return 'The client takes 5 requests a second over all that use its id: send less, or ask Smokeball for more.'
  if (status >= 500) return "The fault is Smokeball's: try again later."
  if (status >= 300 && status < 400) return 'Redirects are not followed, since they would take the key along.'
  return 'See what it says.'
}

/** Those of webhooks are documented by name. https://docs.smokeball.com */
function scopeFor(method: string, path: string): string {
  if (!path.startsWith('/webhooks')) return 'for this call'
  return method === 'GET' ? 'webhooks/read' : 'webhooks/write'
}
