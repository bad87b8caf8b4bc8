import { type Ended, type StartOptions, startCommand } from './in-process.ts'

export type { Ended }

export interface RunOptions extends StartOptions {
  /** @default 'webhooks' */
  command?: 'webhooks' | 'send'
}

/** Runs `npx smokeball-webhooks …args`, or another script, with no AWS account in reach but what `env` says. */
export function runWebhooks(
  args: readonly string[],
  { command = 'webhooks', ...options }: RunOptions = {},
): Promise<Ended> {
  return startCommand(command, args, options).ended
}
