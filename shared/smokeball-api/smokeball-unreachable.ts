/** Before any byte of a request is sent. */
const beforeSending = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** No answer came. Whether the call was carried out is unknown, unless `wasNeverSent`. */
export class SmokeballUnreachable extends Error {
  readonly code = 'SMOKEBALL_UNREACHABLE'
  readonly wasNeverSent: boolean
  readonly whatToDo = 'Try again later.'

  constructor(call: { method: string; path: string; host: string }, cause: unknown) {
    const why = codeOf(cause) ?? codeOf((cause as Error | undefined)?.cause)
    const wasNeverSent = beforeSending.has(why ?? '')
    const unknown = wasNeverSent || call.method === 'GET' ? '' : ' It may have been carried out all the same.'
    super(
      `${call.method} ${call.path} got no answer from ${call.host} (${why ?? (cause as Error)?.name ?? 'unknown error'}).` +
        `${unknown} Try again later.`,
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
