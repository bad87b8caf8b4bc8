import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { shellWord } from '../../../shared/runtime/command-line.ts'
import { startCommand, type Typed } from './in-process.ts'

interface Shown {
  code: number | null
  screen: string
}

/** Runs a command as on a terminal, and types each answer once its question is there. */
export async function onTerminal(
  args: readonly string[],
  env: Record<string, string>,
  answers: readonly Typed[],
  { columns = 200 }: { columns?: number } = {},
): Promise<Shown> {
  const { ended, screen } = startCommand('webhooks', args, { env, answers, columns })
  const { code } = await ended
  return { code, screen: screen() }
}

/** Where util-linux gives a command a terminal of its own. */
export const hasTerminals = process.platform === 'linux'

/** The same with a process of its own on a terminal of the system. */
export async function onRealTerminal(
  args: readonly string[],
  env: Record<string, string>,
  answers: readonly Typed[],
): Promise<Shown> {
  // A terminal of no width would break each letter.
  const columns = 200
  const command = [process.execPath, 'infra/cli/main.ts', ...args].map(shellWord).join(' ')
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
