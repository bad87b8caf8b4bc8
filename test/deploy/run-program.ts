import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What a program wrote, stdout and stderr together, and its exit code; null when it could not be started. */
export interface Ran {
  code: number | null
  output: string
}

/** Runs a program to its end. Never throws: a program that is not there ends as code null. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input, ...options }: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Ran> {
  const child = spawn(program, args, {
    ...options,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  // A program that ends without reading it is no failure.
  child.stdin?.on('error', () => {}).end(input)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  try {
    const [code] = await once(child, 'close')
    return { code: code as number | null, output }
  } catch (error) {
    return { code: null, output: String(error) }
  }
}
