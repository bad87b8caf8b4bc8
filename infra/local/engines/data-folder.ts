import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type KeptFile, keptFile } from '../../operate/kept-file.ts'
import { UsageError } from '../../terminal/usage-error.ts'

/** A folder that keeps table, queues and keys, taken by this process until `release`. */
export interface DataFolder {
  tablePath: string
  queuesPath: string
  secrets: KeptFile
  fakeSmokeball: KeptFile
  release(): Promise<void>
}

/**
 * Takes `folder` for a run, and makes it if need be. It is taken by a lock of the operating system, which ends with the
 * process that holds it, however that ends: an id of a process is not believed, since it may be another's by now. Throws
 * `UsageError` when another process has it or it is no folder.
 */
export async function takeDataFolder(folder: string): Promise<DataFolder> {
  const pidFile = join(folder, 'in-use-by-pid')
  const [tablePath, queuesPath] = [join(folder, 'table'), join(folder, 'queues')]
  let lock: DatabaseSync
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    lock = await locked(join(folder, 'lock'), pidFile, folder)
    await mkdir(tablePath, { recursive: true })
    await mkdir(queuesPath, { recursive: true })
    await writeFile(pidFile, String(process.pid))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`Cannot use ${folder} as data folder: ${(error as Error).message}`, { cause: error })
  }
  return {
    tablePath,
    queuesPath,
    secrets: keptFile(join(folder, 'secrets.json'), 'the next start makes a new signing key'),
    fakeSmokeball: keptFile(join(folder, 'fake-smokeball.json'), 'the fake Smokeball begins anew'),
    async release() {
      if (!lock.isOpen) return
      await rm(pidFile, { force: true })
      lock.close()
    },
  }
}

/** The lock is a transaction that is never ended. https://www.sqlite.org/lockingv3.html */
async function locked(file: string, pidFile: string, folder: string): Promise<DatabaseSync> {
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== busy) throw error
    const pid = await readFile(pidFile, 'utf8').catch(() => '')
    const who = pid === '' ? 'another local run' : `another local run (process ${pid})`
    throw new UsageError(`The data folder ${folder} is used by ${who}. Stop that one first.`)
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const busy = 5
