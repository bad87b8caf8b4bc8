/** The process in which `read-handlers.ts` loads a handlers file: tells its handlers, or what is wrong with it. */
import { pathToFileURL } from 'node:url'
import { checkHandlers, checkIsOwn, type Subscription } from '../../shared/handling/handler-registry.ts'
import { resolveFrom } from './resolve-from.ts'

/** What the process tells its parent. */
export type HandlersReport = { handlers: Subscription[] } | { problem: string }

async function read(bundleFile: string, handlersFile?: string): Promise<HandlersReport> {
  if (handlersFile) resolveFrom(handlersFile, bundleFile)
  try {
    const module = (await import(pathToFileURL(bundleFile).href)) as { default?: unknown; isOwn?: unknown }
    checkIsOwn(module.isOwn)
    const handlers = checkHandlers(module.default)
    return { handlers: handlers.map(({ name, types, order, own }) => ({ name, types, order, own })) }
  } catch (error) {
    if (!(error instanceof Error)) return { problem: `it threw ${String(error)}` }
    return { problem: error.name === 'InvalidHandlers' ? error.message : (error.stack ?? error.message) }
  }
}

const report = await read(process.argv[2] ?? '', process.argv[3])
process.send?.(report, () => process.exit(0))
