/** What the person at the command line can mend: shown as its message alone, without a stack. */
export class UsageError extends Error {
  readonly code = 'USAGE'
  /** 2: the command line was not understood. */
  readonly exitCode: 1 | 2 = 1

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UsageError'
  }
}

/** A command line that cannot be meant: exit code 2. */
export class NotUnderstood extends UsageError {
  override readonly exitCode = 2
}
