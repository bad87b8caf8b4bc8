import { type CommandWords, setSecrets, webhooksCommand } from '../runtime/command-line.ts'
import type { ApiCredentials } from './api-credentials.ts'

/** No token was to be had. */
export class NoAccessToken extends Error {
  readonly code = 'NO_ACCESS_TOKEN'
  /** It may work in a moment. */
  readonly isPassing: boolean
  readonly whatToDo: string
  readonly retryAfterMs: number | undefined
  readonly next: CommandWords | undefined

  /** `status` is undefined if no answer came. */
  constructor(
    { authUrl, place }: ApiCredentials,
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
    const advice = isPassing
      ? 'Try again later.'
      : `Check that client id and client secret are those of ${place}: ${webhooksCommand(setSecrets)}`
    super(`${authUrl} gave no access token (${said}). ${advice}`, options)
    this.name = 'NoAccessToken'
    this.isPassing = isPassing
    this.whatToDo = advice
    this.retryAfterMs = retryAfterMs
    this.next = isPassing ? undefined : setSecrets
  }
}

/** A refresh token that an account was to be connected by does not work. */
export class RefreshTokenRefused extends Error {
  readonly code = 'REFRESH_TOKEN_REFUSED'
  readonly whatToDo =
    "Let one of the firm's users sign in again, with the client id that is put in here, and hand over the new refresh token."

  constructor(accountId: string, cause: FirmDisconnected) {
    super('', { cause })
    this.message =
      `Smokeball does not take this refresh token for account ${accountId}: it was used up, has expired, is revoked, or is ` +
      `another client's. What the account was connected by stays. ${this.whatToDo}`
    this.name = 'RefreshTokenRefused'
  }
}

/** The account's refresh token has expired, or the firm has revoked access or uninstalled the app. */
export class FirmDisconnected extends Error {
  readonly code = 'FIRM_DISCONNECTED'
  readonly accountId: string
  readonly whatToDo: string

  constructor(accountId: string) {
    const whatToDo =
      'The firm has to be connected again: let one of its users sign in, and hand over the new refresh token.'
    super(
      `Smokeball no longer takes the refresh token of account ${accountId}: it has expired, or the firm has revoked ` +
        `access. ${whatToDo}`,
    )
    this.whatToDo = whatToDo
    this.name = 'FirmDisconnected'
    this.accountId = accountId
  }
}
