import { rm } from 'node:fs/promises'
import { bundlesFolder } from '../bundle/bundles-folder.ts'
import { type HandlerInfo, readersEnvironment, readHandlers } from '../bundle/read-handlers.ts'
import { handlersEntryOf } from '../settings/project-files.ts'
import { readSettings } from '../settings/read-settings.ts'
import { production, stageOfStack } from '../settings/stages.ts'
import { terminal } from '../terminal/terminal.ts'
import type { Deployment } from './deployment.ts'
import { readRunning } from './running-file.ts'

/**
 * The handlers of a deployment: those that `npm start` runs; of a stack, which does not tell them, those of this checkout. A stack
 * with a name of its own is taken for one of the default stage.
 * Throws `UsageError` when these cannot be read.
 */
export async function handlersOf({ name, isLocal }: Deployment): Promise<readonly HandlerInfo[]> {
  if (isLocal) return (await readRunning())?.handlers ?? []
  const settings = await readSettings(stageOfStack(name) ?? production)
  const outdir = await bundlesFolder()
  try {
    return await readHandlers(handlersEntryOf(settings), {
      outdir,
      nodeModules: settings.nodeModules ?? [],
      env: readersEnvironment(terminal().env, settings.environment),
    })
  } finally {
    await rm(outdir, { recursive: true, force: true })
  }
}
