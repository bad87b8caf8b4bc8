import { answers } from '../event/outcomes.ts'
import { receiverHeader } from '../runtime/receiver-id.ts'

/**
 * Why deliveries to a URL do not arrive at a receiver. `no-address`: the name has no record in the DNS; `certificate`: the TLS
 * certificate is not one of the name, or is over; `no-answer`; `other-answer`: somebody answers, and not as a receiver does;
 * `other-receiver`: it is one of another deployment.
 */
export interface UrlProblem {
  kind: 'no-address' | 'certificate' | 'no-answer' | 'other-answer' | 'other-receiver'
  /** The code of Node or of the system, such as ENOTFOUND, or the status of the answer. */
  detail: string
}

const timeoutMs = 8_000
/** https://nodejs.org/api/errors.html and https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const noAddress = /^(ENOTFOUND|EAI_AGAIN|ENODATA)$/
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|_SSL_|^EPROTO$/

/**
 * Asks a URL what a receiver answers: it refuses with 401 what nobody has signed, which is no loss and raises no alarm. Undefined:
 * it does. `receiver`: its id, where it has to be a certain one: the same name may be a domain of another stack's in another
 * region, and any API behind an authorizer of API Gateway's refuses with the same words. Does not throw.
 */
export async function urlProblem(
  call: typeof fetch,
  url: string,
  receiver?: string,
): Promise<UrlProblem | undefined> {
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
    const answered = response.headers.get(receiverHeader)
    const isAnswer = response.status === status && begin.includes(`"${message}"`)
    const detail = String(response.status)
    if (!isAnswer || (receiver && !answered)) return { kind: 'other-answer', detail }
    return receiver && answered !== receiver ? { kind: 'other-receiver', detail } : undefined
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
