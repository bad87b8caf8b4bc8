import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { projectRoot } from '../../bundle.ts'
import { UsageError } from '../../usage-error.ts'
import { givenPath } from '../given-path.ts'
import { redactNotification } from './redact-notification.ts'

/** Where a notification is to be saved, and how. */
export interface FixtureOptions {
  save?: string
  redact?: boolean
  force?: boolean
}

/**
 * Saves a notification, exactly as it was delivered or redacted, and returns the file; undefined if none is asked for.
 * Throws `UsageError` when the file is there already, or cannot be written.
 */
export async function saveFixture(
  { save, redact = false, force = false }: FixtureOptions,
  event: { type: string; reference: string; text: string },
): Promise<string | undefined> {
  if (save === undefined && !redact) return undefined
  const file = save === undefined ? usualFile(event) : givenPath(save)
  const text = redact ? redacted(event.text) : event.text
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new UsageError(`${file} is there already. Name another file, or overwrite it: --force`)
    throw new UsageError(`Cannot write ${file}: ${message}`, { cause: error })
  }
  return file
}

/** Types are whatever was sent. */
function usualFile({ type, reference }: { type: string; reference: string }): string {
  const name = type.replace(/[^\w.-]/g, '_').slice(0, 100)
  return join(projectRoot, 'test/fixtures/pulled', `${name}-${reference}.json`)
}

function redacted(text: string): string {
  try {
    return redactNotification(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new UsageError('It is nested too deep to be redacted.', { cause: error })
  }
}
