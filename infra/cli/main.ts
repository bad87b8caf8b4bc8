/** Runs the program on this process. What it needs is imported below, so that the compile cache holds that as well. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// It takes a third off the start of a command. It lies in the project: what lies where others may write would be run.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/compile'))

const [{ captureConsole }, { withoutProxyHere }, { printError }, { runProgram }] = await Promise.all([
  import('../local/lambda/capture-console.ts'),
  import('../local/lambda/process-environment.ts'),
  import('../terminal/terminal.ts'),
  import('./program.ts'),
])

// What libraries warn of quotes others, too.
captureConsole((logged) => printError('text' in logged ? logged.text : logged.json))

// What a command reaches on this machine, no proxy of the shell's can.
Object.assign(process.env, withoutProxyHere(process.env))

await runProgram()
