import { randomBytes } from 'node:crypto'
import type { FakeSmokeball } from './fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from './fake-smokeball/start-fake-smokeball.ts'
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

/** Starts the local run; `withFake`, beside a fake Smokeball with the samples' firm. Throws what `startLocal` does. */
export async function startRun(options: StartLocalOptions, withFake: boolean): Promise<Run> {
  if (withFake) return startBesideFake(options)
  const local = await startLocal(options)
  return { local, fake: undefined, stop: local.stop }
}

/** The local run gets the credentials of the fake Smokeball's client. */
async function startBesideFake(options: StartLocalOptions): Promise<Run> {
  const fake = await startFakeSmokeball({ tokenSeconds })
  const { clientId, clientSecret, apiKey } = fake.credentials
  const apiSecret = {
    ...{ clientId, clientSecret, apiKey, region: 'us', environment: 'staging' },
    ...{ apiUrl: fake.url, authUrl: fake.url, tokenKey: randomBytes(32).toString('hex') },
  }
  try {
    const local = await startLocal({ ...options, clientId, apiSecret })
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
