import { Option } from 'commander'
import { diagnosisOf } from '../../operate/diagnosis/diagnosis.ts'
import type { Finding } from '../../operate/diagnosis/finding.ts'
import { terminal } from '../../terminal/terminal.ts'
import { reading, secondsOf } from './command.ts'
import { tellProbes } from './doctor/probe-lists.ts'
import { onDeployment, type Run } from './on-deployment.ts'

interface DoctorOptions {
  account?: string
  timeout?: string
  probeLists?: boolean
}

/** Looks at all that has to be right for events to come in. */
export const doctor = reading(
  'doctor',
  'Checks the whole way of an event, and says what is wrong and how to mend it.',
  [
    'doctor',
    'doctor --account 1e53979d-9269-4159-b104-2e603670f59d --timeout 120',
    'doctor --probe-lists --stage dev',
  ],
)
  .option('--account <id>', 'for this account (all that are connected)')
  .option('--timeout <seconds>', 'how long to wait for an event (60)')
  .addOption(
    new Option(
      '--probe-lists',
      "asks one account's lists for what catch-up assumes of them, instead of these checks; it only reads",
    ).conflicts('timeout'),
  )
  .action(
    onDeployment<DoctorOptions>(async (run, { account, timeout, probeLists }) => {
      if (probeLists) return tellProbes(run, account)
      const findings = await tellDiagnosis(run, {
        ...(account !== undefined && { accountId: account }),
        ...(timeout !== undefined && { timeoutMs: secondsOf(timeout) * 1000 }),
      })
      run.out.result(findings)
    }),
  )

/** Tells each finding as it comes. Exit code 1 if anything is wrong. */
export async function tellDiagnosis(
  { deployment, out, next }: Run,
  options: { accountId?: string; timeoutMs?: number },
): Promise<Finding[]> {
  const findings = await diagnosisOf(deployment, {
    ...options,
    next,
    tell({ check, isRight, said, fix }) {
      const mark = fix === undefined ? 'right' : 'advised'
      out.check(isRight ? mark : 'wrong', `${check}: ${said}`)
      if (fix !== undefined) out.say(`    ${fix}`)
    },
  })
  if (!findings.every(({ isRight }) => isRight)) terminal().exitCode = 1
  return findings
}
