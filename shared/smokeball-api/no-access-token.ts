import type { ApiCredentials } from './api-credentials.ts'

/** No token was to be had. */
export class NoAccessToken extends Error {
  readonly code = 'NO_ACCESS_TOKEN'
  /** It may work in a moment. */
  readonly isPassing: boolean
  readonly whatToDo: string
  readonly retryAfterMs: number | undefined

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
      : `Check that client id and client secret are those of ${place}: npm run webhooks -- secret set`
    super(`${authUrl} gave no access token (${said}). ${advice}`, options)
    this.name = 'NoAccessToken'
    this.isPassing = isPassing
    this.whatToDo = advice
    this.retryAfterMs = retryAfterMs
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
