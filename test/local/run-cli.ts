import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a command wrote, and its exit code. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunningCommand {
  child: ChildProcess
  /** What it has written to stdout so far. */
  stdout(): string
  ended: Promise<Ended>
}

/** Starts a script of the project as npm would, without what the npm around this test has set. */
export function startCommand(
  script: 'infra/local/start.ts' | 'infra/cli/send.ts',
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): RunningCommand {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_|^INIT_CWD$|^VITEST|^FORCE_COLOR$/.test(name),
  )
  const child = spawn(process.execPath, [`${root}${script}`, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => {
    written.stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    written.stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...written }))
  return { child, stdout: () => written.stdout, ended }
}
