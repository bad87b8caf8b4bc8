import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** The worker has one, so that files which share their modules share it, too. */
const state = globalThis as { appFolders?: string[] }

/** Left to itself, the CDK makes a folder an app and leaves it. */
export function newAppFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'synthesize-'))
  state.appFolders = [...(state.appFolders ?? []), folder]
  return folder
}

// A worker of vitest's tells of no `exit`; as a setup file, this runs for each test file.
afterAll(() => {
  for (const folder of state.appFolders ?? []) rmSync(folder, { recursive: true, force: true })
  state.appFolders = []
})
