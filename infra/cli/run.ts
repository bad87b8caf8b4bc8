/** Runs the command that the first argument names, as the scripts of `package.json` do. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { captureConsole } from '../local/capture-console.ts'
import { withoutProxyHere } from '../local/process-environment.ts'
import { printError } from './terminal.ts'

const commands: Record<string, () => Promise<{ main(): Promise<void> }>> = {
  start: () => import('../local/start.ts'),
  send: () => import('./send.ts'),
  webhooks: () => import('./webhooks.ts'),
  console: () => import('./console.ts'),
  deploy: () => import('./deploy.ts'),
  cdk: () => import('./cdk.ts'),
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
