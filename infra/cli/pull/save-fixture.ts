import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { projectRoot } from '../../bundle.ts'
import { UsageError } from '../../usage-error.ts'
import { givenPath } from '../given-path.ts'
import { type Redacted, redactNotification } from './redact-notification.ts'

/** Where a notification is to be saved, and how. */
export interface FixtureOptions {
  save?: string
  redact?: boolean
  force?: boolean
}

export interface SavedFixture {
  file: string
  /** Undefined: it was saved as it was delivered. */
  redacted: Redacted | undefined
}

/**
 * Saves a notification, exactly as it was delivered or redacted, and tells where; undefined if that is not asked for.
 * Throws `UsageError` when the file is there already, or cannot be written.
 */
export async function saveFixture(
  { save, redact = false, force = false }: FixtureOptions,
  event: { type: string; reference: string; text: string },
): Promise<SavedFixture | undefined> {
  if (save === undefined && !redact) return undefined
  const redacted = redact ? redactNotification(event.text) : undefined
  const { type, text } = redacted ?? event
  const file = save === undefined ? usualFile(type, event.reference) : givenPath(save)
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new UsageError(`${file} is there already. Name another file, or overwrite it: --force`)
    throw new UsageError(`Cannot write ${file}: ${message}`, { cause: error })
  }
  return { file, redacted }
}

/** Among the user's files, which no release touches. Types are whatever was sent. */
function usualFile(type: string, reference: string): string {
  const name = type.replace(/[^\w.-]/g, '_').slice(0, 100)
  return join(projectRoot, 'test/handlers/fixtures', `${name}-${reference}.json`)
}
