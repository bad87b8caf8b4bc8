import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** A request that is not served; the message says what is wrong and what to do. */
export class Refused extends Error {
  readonly code = 'REFUSED'
  readonly status: ContentfulStatusCode

  constructor(status: ContentfulStatusCode, message: string) {
    super(message)
    this.name = 'Refused'
    this.status = status
  }
}
