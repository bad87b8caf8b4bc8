/** The process in which `deployable.ts` has the functions bundled and the handlers read: a request in, a reply out. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { build } from 'esbuild'
import { bundleOptions, defaultHandlersEntry, projectRoot } from './bundle.ts'
import type { DeployableReply, DeployableRequest } from './deployable.ts'
import { installModules } from './install-modules.ts'
import { bundlesFolder } from './local/bundles-folder.ts'
import { readHandlers } from './read-handlers.ts'
import { UsageError } from './usage-error.ts'

async function make(request: DeployableRequest, outdir: string): Promise<DeployableReply> {
  const { nodeModules, environment } = request
  const handlersEntry = request.handlersEntry
    ? join(projectRoot, request.handlersEntry)
    : defaultHandlersEntry
  // First, since it tells best what is wrong with them.
  const handlers = await readHandlers(handlersEntry, {
    outdir,
    nodeModules,
    env: { PATH: process.env.PATH ?? '', TZ: 'UTC', ...environment },
  })
  await build(bundleOptions('receiver', { outdir }))
  await build(bundleOptions('consumer', { outdir, handlersEntry, nodeModules }))
  const consumer = join(outdir, 'consumer')
  if (nodeModules.length > 0) await installModules(consumer, nodeModules, handlersEntry)
  return { receiver: join(outdir, 'receiver'), consumer, handlers }
}

// The caller's, and gone with it.
const folder = await bundlesFolder(process.ppid)
const request = (await json(process.stdin)) as DeployableRequest
const reply = await make(request, folder).catch(async (error: unknown) => {
  await rm(folder, { recursive: true, force: true })
  if (error instanceof UsageError) return { problem: error.message }
  throw error
})
process.stdout.write(JSON.stringify(reply))
