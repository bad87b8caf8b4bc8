import { createHash } from 'node:crypto'
import type { FakeSmokeball } from '../fake-smokeball/fake-smokeball.ts'
import type { FakeRoutes } from '../settings/fake-routes.ts'
import { type DataFolder, takeDataFolder } from './engines/data-folder.ts'
import type { Local, StartLocalOptions } from './local.ts'
import { startLocal } from './start-local.ts'

/** The same access token lasts for a day of work. */
const tokenSeconds = 24 * 60 * 60

/** The local run, alone or beside a fake Smokeball. */
export interface Run {
  local: Local
  fake: FakeSmokeball | undefined
  stop(): Promise<void>
}

/**
 * Starts the local run. With `withFake`, it runs beside a fake Smokeball with the samples' firm and these further `routes`, which
 * is kept in the data folder, too. Throws what `startLocal` does.
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
  // It is loaded for those alone who want it.
  const { startFakeSmokeball } = await import('../fake-smokeball/start-fake-smokeball.ts')
  const fake = await startFakeSmokeball({ tokenSeconds, routes, ...kept })
  const { clientId } = fake.credentials
  const apiSecret = apiSecretOf(fake)
  let subscribe = () => {}
  function onReload(): void {
    options.onReload?.()
    subscribe()
  }
  try {
    const local = await startLocal({ ...options, clientId, apiSecret, onReload }, folder)
    subscribe = subscriber(local, fake)
    return { local, fake, stop: () => stopBoth(local, fake) }
  } catch (error) {
    await fake.stop()
    throw error
  }
}

function apiSecretOf({ url, credentials }: FakeSmokeball): Record<string, string> {
  const { clientId, clientSecret, apiKey } = credentials
  return {
    clientId,
    clientSecret,
    apiKey,
    region: 'us',
    environment: 'staging',
    apiUrl: url,
    authUrl: url,
    // Refresh tokens are sealed with it in the table, so that it has to last as long as the credentials.
    tokenKey: createHash('sha256').update(`token key|${clientSecret}`).digest('hex'),
  }
}

/** Subscribes the firm anew when the handlers want other types than before. */
function subscriber(local: Local, fake: FakeSmokeball): () => void {
  let subscribed = local.outputs.EventTypes
  return () => {
    if (local.outputs.EventTypes === subscribed) return
    subscribed = local.outputs.EventTypes
    void subscribeFirm(local, fake)
  }
}

/**
 * Has the keeper subscribe for the firm to what the handlers want now, as it does for any firm that is connected. Never rejects:
 * a keeper that fails has said why.
 */
export async function subscribeFirm(local: Local, fake: FakeSmokeball): Promise<void> {
  await local.keeper.invoke({ accountId: accountOf(fake) }).catch(() => {})
}

/** The firm that `npm start` connects. */
export function accountOf({ credentials }: FakeSmokeball): string {
  return credentials.accounts[0]?.accountId ?? ''
}

/** The fake stops first: what it delivers while the receiver stops would fail. */
async function stopBoth(local: Local, fake: FakeSmokeball): Promise<void> {
  await fake.stop()
  await local.stop()
}
