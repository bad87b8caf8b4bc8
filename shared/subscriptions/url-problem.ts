import { answers } from '../event/outcomes.ts'

/**
 * Why deliveries to a URL do not arrive at a receiver. `no-address`: the name has no record in the DNS; `certificate`: the TLS
 * certificate is not one of the name, or is over; `no-answer`; `other-answer`: somebody answers, and not as a receiver does.
 */
export interface UrlProblem {
  kind: 'no-address' | 'certificate' | 'no-answer' | 'other-answer'
  /** The code of Node or of the system, such as ENOTFOUND, or the status of the answer. */
  detail: string
}

const timeoutMs = 8_000
/** https://nodejs.org/api/errors.html and https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const noAddress = /^(ENOTFOUND|EAI_AGAIN|ENODATA)$/
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|_SSL_|^EPROTO$/

/**
 * Asks a URL what a receiver answers: it refuses with 401 what nobody has signed, which is no loss and raises no alarm. Undefined:
 * it does. Does not throw.
 */
export async function urlProblem(call: typeof fetch, url: string): Promise<UrlProblem | undefined> {
  try {
    const response = await call(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const begin = await beginOf(response)
    const [status, message] = answers.refused
    if (response.status === status && begin.includes(`"${message}"`)) return undefined
    return { kind: 'other-answer', detail: String(response.status) }
  } catch (error) {
    const detail = codeOf(error)
    if (noAddress.test(detail)) return { kind: 'no-address', detail }
    return { kind: certificate.test(detail) ? 'certificate' : 'no-answer', detail }
  }
}

/** The first piece of the body: a stranger's may have no end. */
async function beginOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const first = await reader?.read()
  await reader?.cancel()
  return new TextDecoder().decode(first?.value)
}

/** The code that the network's failure has: `fetch` tells it as its error's cause. */
function codeOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown }
  return String(cause?.code ?? name)
}
