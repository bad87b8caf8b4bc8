/** The process in which `deployable.ts` has the functions bundled and the handlers read: a request in, a reply out. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { build } from 'esbuild'
import { handlersEntryOf } from '../settings/project-files.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { bundleOptions } from './bundle.ts'
import { bundlesFolder } from './bundles-folder.ts'
import { installModules } from './install-modules.ts'
import { type HandlerInfo, readersEnvironment, readHandlers } from './read-handlers.ts'

/** The bundles of the functions: folders with `index.mjs`, its source map, and what it loads in need. */
export interface Bundles {
  receiver: string
  consumer: string
  keeper: string
}

/** What the functions consist of, ready to be uploaded. */
export interface Deployable extends Bundles {
  handlers: readonly HandlerInfo[]
}

export interface DeployableRequest {
  handlersEntry?: string
  nodeModules: readonly string[]
  /** Variables that the handlers have while they are read. */
  environment: Record<string, string>
  /** Bundles that were made earlier and can be used again. None depends on the environment. */
  bundles: Partial<Bundles>
}

export type DeployableReply = Deployable | { problem: string }

async function make(request: DeployableRequest): Promise<Deployable> {
  // The folder belongs to the parent process, and is removed when that ends.
  const outdir = await bundlesFolder(process.ppid)
  const drop = () => rm(outdir, { recursive: true, force: true })
  try {
    // First, since it tells best what is wrong with them.
    const handlers = await read(request, outdir)
    const { receiver, consumer, keeper } = request.bundles
    if (consumer && receiver && keeper) {
      await drop()
      return { receiver, consumer, keeper, handlers }
    }
    return { ...(await bundle(request, outdir)), handlers }
  } catch (error) {
    await drop()
    throw error
  }
}

function read({ environment, nodeModules, ...request }: DeployableRequest, outdir: string) {
  const env = readersEnvironment(process.env, environment)
  return readHandlers(handlersEntryOf(request), { outdir, nodeModules, env })
}

async function bundle({ nodeModules, ...request }: DeployableRequest, outdir: string): Promise<Bundles> {
  const handlersEntry = handlersEntryOf(request)
  const { receiver = join(outdir, 'receiver'), keeper = join(outdir, 'keeper') } = request.bundles
  if (!request.bundles.receiver) await build(bundleOptions('receiver', { outdir }))
  if (!request.bundles.keeper) await build(bundleOptions('keeper', { outdir }))
  await build(bundleOptions('consumer', { outdir, handlersEntry, nodeModules }))
  const consumer = join(outdir, 'consumer')
  if (nodeModules.length > 0) await installModules(consumer, nodeModules, handlersEntry)
  return { receiver, consumer, keeper }
}

const request = (await json(process.stdin)) as DeployableRequest
const reply: DeployableReply = await make(request).catch((error: unknown) => {
  if (error instanceof UsageError) return { problem: error.message }
  throw error
})
process.stdout.write(JSON.stringify(reply))
