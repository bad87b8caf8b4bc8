import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Token } from 'aws-cdk-lib'
import { projectRoot } from '../settings/project-files.ts'
import type { HandlerSettings } from '../settings/settings.ts'
import { printError } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'
import type { Bundles, Deployable, DeployableReply, DeployableRequest } from './deployable-process.ts'

const worker = fileURLToPath(new URL('./deployable-process.ts', import.meta.url))
const made = new Map<string, Deployable>()
const bundled = new Map<string, Bundles>()

process.once('exit', () => {
  // Each made its consumer, and the first the others, too.
  for (const { consumer } of bundled.values()) rmSync(dirname(consumer), { recursive: true, force: true })
})

/**
 * Bundles the functions and reads the handlers, in a process of its own, since a construct cannot wait. Made once a process for the same settings. Throws `UsageError`, which names file and line.
 */
export function deployable({
  handlersEntry,
  nodeModules = [],
  environment = {},
}: HandlerSettings): Deployable {
  // A value that only the deployment knows is replaced by a stand-in.
  const known = Object.entries(environment).map(([name, value]) => [
    name,
    Token.isUnresolved(value) ? 'token' : value,
  ])
  const asked = { handlersEntry, nodeModules, environment: Object.fromEntries(known) }
  const key = JSON.stringify(asked)
  const found = made.get(key)
  if (found) return found
  const bundlesKey = JSON.stringify({ handlersEntry, nodeModules })
  const reply = run({ ...asked, bundles: madeBefore(bundlesKey) } as DeployableRequest)
  if ('problem' in reply) throw new UsageError(reply.problem)
  made.set(key, reply)
  bundled.set(bundlesKey, reply)
  return reply
}

/** All of the same handlers file and packages; of others those that hold no handlers. */
function madeBefore(bundlesKey: string): Partial<Bundles> {
  const same = bundled.get(bundlesKey)
  const [any] = bundled.values()
  return same ?? (any ? { receiver: any.receiver, keeper: any.keeper } : {})
}

function run(request: DeployableRequest): DeployableReply {
  const { stdout, stderr, status, error } = spawnSync(process.execPath, [worker], {
    cwd: projectRoot,
    input: JSON.stringify(request),
    encoding: 'utf8',
  })
  // Handlers and their packages may write there as they are loaded.
  if (stderr) printError(stderr.trimEnd())
  if (status !== 0) throw error ?? new Error(`The process that makes the bundles ended with ${status}.`)
  return JSON.parse(stdout) as DeployableReply
}
