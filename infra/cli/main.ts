/** Runs the command that the first argument names, as the scripts of `package.json` do. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { captureConsole } from '../local/lambda/capture-console.ts'
import { withoutProxyHere } from '../local/lambda/process-environment.ts'
import { printError } from '../terminal/terminal.ts'

const commands: Record<string, () => Promise<{ main(): Promise<void> }>> = {
  start: () => import('./commands/start.ts'),
  send: () => import('./commands/send.ts'),
  webhooks: () => import('./commands/webhooks.ts'),
  console: () => import('./commands/console.ts'),
  deploy: () => import('./commands/deploy/deploy.ts'),
  cdk: () => import('./commands/deploy/cdk.ts'),
}

// It takes a third off the start of a command. It lies in the project: what lies where others may write would be run.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/compile'))

// What libraries warn of quotes others, too.
captureConsole((logged) => printError('text' in logged ? logged.text : logged.json))

// What a command reaches on this machine, no proxy of the shell's can.
Object.assign(process.env, withoutProxyHere(process.env))

const [, , name = ''] = process.argv
const load = commands[name]
if (!load) throw new Error(`There is no command '${name}'. There are: ${Object.keys(commands).join(', ')}`)
await (await load()).main()
