import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { projectRoot } from '../../../infra/bundle.ts'

/** What a command wrote, and its exit code. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  stdin?: string
  env?: Record<string, string>
  script?: 'infra/cli/webhooks.ts' | 'infra/cli/send.ts'
}

/** Runs `npm run webhooks -- …args`, or another script, as npm would, with no AWS account in reach but what `env` says. */
export async function runWebhooks(
  args: readonly string[],
  { stdin = '', env = {}, script = 'infra/cli/webhooks.ts' }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: projectRoot,
    env: {
      PATH: process.env.PATH,
      ...{ HOME: '/nonexistent', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      ...{ AWS_EC2_METADATA_DISABLED: 'true', LOCAL_STATE_DIR: '/nonexistent', NO_COLOR: '1' },
      ...env,
    },
  })
  // A command that asks for nothing does not read it.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([
    ...[text(child.stdout), text(child.stderr)],
    once(child, 'close') as Promise<[number | null]>,
  ] as const)
  return { code, stdout, stderr }
}
