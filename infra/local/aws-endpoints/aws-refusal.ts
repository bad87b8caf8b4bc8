/** A local AWS endpoint refuses a call with it: with the error's name as the SDK knows it, and the HTTP status. */
export class AwsRefusal extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = 'AwsRefusal'
    this.code = code
    this.status = status
  }
}
