import { secondsOf } from '../terminal/seconds-of.ts'
import { command } from './command.ts'
import { examine } from './examine.ts'
import { onDeployment } from './on-deployment.ts'

/** Looks at all that has to be right for events to come in. */
export const doctor = command(
  'doctor',
  'Checks the whole way of an event, and says what is wrong with the fix.',
  ['doctor', 'doctor --account 1e53979d-9269-4159-b104-2e603670f59d --timeout 120'],
)
  .option('--account <id>', 'for this account (all that are connected)')
  .option('--timeout <seconds>', 'how long to wait for an event (60)')
  .action(
    onDeployment<{ account?: string; timeout?: string }>(async (run, { account, timeout }) => {
      const findings = await examine(run, {
        ...(account !== undefined && { accountId: account }),
        ...(timeout !== undefined && { timeoutMs: secondsOf(timeout) * 1000 }),
      })
      run.out.result(findings)
    }),
  )
