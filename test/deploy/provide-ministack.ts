import type { TestProject } from 'vitest/node'
import { installMinistack, type Ministack } from './install-ministack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where it cannot run: then every test counts as skipped. */
    ministack: Ministack | null
  }
}

/** Vitest's global setup. Without MiniStack, it throws if `REQUIRE_DEPLOY_TEST=1`, and else says so below all the rest. */
export default async function provideMinistack(project: TestProject): Promise<(() => void) | undefined> {
  const ministack = await installMinistack()
  if (!('missing' in ministack)) {
    project.provide('ministack', ministack)
    return undefined
  }
  if (process.env.REQUIRE_DEPLOY_TEST === '1') throw new Error(ministack.missing)
  project.provide('ministack', null)
  return () => void process.stderr.write(`${banner(ministack.missing)}\n`)
}

function banner(missing: string): string {
  const line = '!'.repeat(100)
  return `${line}
THE DEPLOYMENT IS NOT TESTED: every test above is skipped.
${missing}
The test deploys into MiniStack, which pip installs. Install Python 3.10 or newer with pip, and openssl:
  Debian, Ubuntu: apt-get install python3 python3-venv python3-pip openssl     macOS: brew install python openssl
With REQUIRE_DEPLOY_TEST=1 this is a failure.
${line}`
}
