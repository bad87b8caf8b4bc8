import { diagnose, type Finding } from '../../operate/diagnosis/diagnose.ts'
import { terminal } from '../../terminal/terminal.ts'
import type { Run } from './on-deployment.ts'

/** Tells each finding as it comes. Exit code 1 if anything is wrong. */
export async function examine(
  { deployment, out, next }: Run,
  options: { accountId?: string; timeoutMs?: number },
): Promise<Finding[]> {
  const findings = await diagnose(deployment, {
    ...options,
    next,
    tell({ check, isRight, said, fix }) {
      out.check(isRight, `${check}: ${said}`)
      if (!isRight && fix !== undefined) out.say(`    ${fix}`)
    },
  })
  if (!findings.every(({ isRight }) => isRight)) terminal().exitCode = 1
  return findings
}
