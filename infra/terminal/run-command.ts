import { printError, terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/**
 * Runs a command's main function: what the user can mend ends as its message alone on stderr. Exit code 2 if the command line
 * was not understood, else 1.
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    printError(error instanceof UsageError ? error.message : error)
    terminal().exitCode = error instanceof UsageError ? error.exitCode : 1
  }
}
