import { createHash } from 'node:crypto'
import type { FakeSmokeball } from '../fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../fake-smokeball/start-fake-smokeball.ts'
import type { FakeRoutes } from '../settings/settings.ts'
import { type DataFolder, takeDataFolder } from './engines/data-folder.ts'
import type { Local, StartLocalOptions } from './local.ts'
import { startLocal } from './start-local.ts'

/** A whole day of work with the same access token. */
const tokenSeconds = 24 * 60 * 60

/** The local run, alone or beside a Smokeball of one's own. */
export interface Run {
  local: Local
  fake: FakeSmokeball | undefined
  stop(): Promise<void>
}

/**
 * Starts the local run; `withFake`, beside a fake Smokeball with the samples' firm and these further `routes`, kept in the data
 * folder too. Throws what `startLocal` does.
 */
export async function startRun(
  options: StartLocalOptions,
  withFake: boolean,
  routes: FakeRoutes = {},
): Promise<Run> {
  if (withFake) return startBesideFake(options, routes)
  const local = await startLocal(options)
  return { local, fake: undefined, stop: local.stop }
}

async function startBesideFake(options: StartLocalOptions, routes: FakeRoutes): Promise<Run> {
  const folder = options.data === undefined ? undefined : await takeDataFolder(options.data)
  try {
    return await startBoth(options, routes, folder)
  } catch (error) {
    await folder?.release()
    throw error
  }
}

/** The local run gets the credentials of the fake Smokeball's client. */
async function startBoth(
  options: StartLocalOptions,
  routes: FakeRoutes,
  folder: DataFolder | undefined,
): Promise<Run> {
  const kept = folder && { kept: folder.fakeSmokeball }
  const fake = await startFakeSmokeball({ tokenSeconds, routes, ...kept })
  const { clientId, clientSecret, apiKey } = fake.credentials
  const apiSecret = {
    ...{ clientId, clientSecret, apiKey, region: 'us', environment: 'staging' },
    ...{ apiUrl: fake.url, authUrl: fake.url },
    // As lasting as the credentials: with it, refresh tokens are sealed in the table.
    tokenKey: createHash('sha256').update(`token key|${clientSecret}`).digest('hex'),
  }
  try {
    const local = await startLocal({ ...options, clientId, apiSecret }, folder)
    return { local, fake, stop: () => stopBoth(local, fake) }
  } catch (error) {
    await fake.stop()
    throw error
  }
}

/** What is delivered while the receiver stops would fail. */
async function stopBoth(local: Local, fake: FakeSmokeball): Promise<void> {
  await fake.stop()
  await local.stop()
}
