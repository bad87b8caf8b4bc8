import { STATUS_CODES } from 'node:http'
import type { Answer } from './call.ts'

/** One thing that is wrong with a request. */
export interface FieldError {
  field: string
  message: string
}

/** A refusal, answered as an RFC 7807 document whose `errors` is an array of objects. */
export class Problem extends Error {
  readonly code = 'PROBLEM'
  readonly status: number
  readonly errors: readonly FieldError[]
  readonly headers: Record<string, string>

  constructor(
    status: number,
    detail: string,
    { errors = [], headers = {} }: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.errors = errors
    this.headers = headers
  }

  answer(): Answer {
    const { status, message: detail, errors } = this
    return {
      status,
      headers: { 'content-type': 'application/problem+json; charset=utf-8', ...this.headers },
      body: {
        type: `https://httpstatuses.com/${status}`,
        title: STATUS_CODES[status] ?? 'Error',
        status,
        detail,
        errors,
      },
    }
  }
}
