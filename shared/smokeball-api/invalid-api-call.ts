/** A call that is not sent, since what was asked for cannot be meant. */
export class InvalidApiCall extends Error {
  readonly code = 'INVALID_API_CALL'

  constructor(problem: string) {
    super(problem)
    this.name = 'InvalidApiCall'
  }
}
