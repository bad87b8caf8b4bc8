import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectRoot } from '../../../infra/bundle.ts'
import { shellQuoted } from '../../../infra/cli/shell-quoted.ts'

/** Where util-linux gives a command a terminal of its own. */
export const hasTerminals = process.platform === 'linux'

/** Runs a command on a terminal, and types each answer once its question is there. */
export async function onTerminal(
  args: readonly string[],
  env: Record<string, string>,
  answers: readonly (readonly [question: string, keys: string])[],
  // A terminal of no width would break each letter.
  { columns = 200 }: { columns?: number } = {},
): Promise<{ code: number | null; screen: string }> {
  const command = [process.execPath, 'infra/cli/run.ts', 'webhooks', ...args].map(shellQuoted).join(' ')
  const wide = `stty cols ${columns} rows 40; exec ${command}`
  const child = spawn('script', ['--quiet', '--return', '--command', wide, '/dev/null'], {
    cwd: projectRoot,
    timeout: 20_000,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', TERM: 'xterm', NO_COLOR: '1', ...env },
  })
  const left = [...answers]
  let screen = ''
  let unanswered = ''
  child.stdout.on('data', (chunk) => {
    screen += chunk
    unanswered += chunk
    const [question = '', keys = ''] = left[0] ?? []
    if (left.length === 0 || !unanswered.includes(question)) return
    left.shift()
    unanswered = ''
    child.stdin.write(keys)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, screen }
}
