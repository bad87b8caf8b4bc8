/** What the person at the command line can mend: shown as its message alone, without a stack, with exit code 1. */
export class UsageError extends Error {
  readonly code = 'USAGE'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UsageError'
  }
}
