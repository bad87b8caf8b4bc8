import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { isAlive } from './process-alive.ts'

/** A folder that keeps the table, taken by this process until `release`. */
export interface DataFolder {
  tablePath: string
  release(): Promise<void>
}

/**
 * Takes `folder` for the table, and makes it if need be. The database under dynalite locks its files too, but
 * dynalite ends the process when it cannot open them. Throws `UsageError` when another process has it or it is no folder.
 */
export async function takeDataFolder(folder: string): Promise<DataFolder> {
  const lock = join(folder, 'in-use-by-pid')
  try {
    await mkdir(join(folder, 'table'), { recursive: true })
    const owner = Number(await readFile(lock, 'utf8').catch(() => '0'))
    if (owner !== process.pid && isAlive(owner)) {
      throw new UsageError(
        `The data folder ${folder} is used by another local run (process ${owner}). Stop that one first.`,
      )
    }
    await writeFile(lock, String(process.pid))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`Cannot use ${folder} as data folder: ${(error as Error).message}`, { cause: error })
  }
  return { tablePath: join(folder, 'table'), release: () => rm(lock, { force: true }) }
}
