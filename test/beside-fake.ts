import { randomBytes } from 'node:crypto'
import type { TestContext } from 'vitest'
import { type Local, type StartLocalOptions, startLocal } from '#webhooks/testing'
import type { FakeSmokeball, FakeSmokeballOptions } from '../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../infra/fake-smokeball/start-fake-smokeball.ts'

export interface BesideFake {
  local: Local
  fake: FakeSmokeball
  /** They are those of the first firm. */
  accountId: string
  /** Connects all firms of the fake's first client, as a user's backend does. */
  connect(): Promise<void>
}

/** The secret by which the API is called that is a fake's. */
export function apiSecretFor({ url, credentials }: FakeSmokeball): Record<string, string> {
  const { clientId, clientSecret, apiKey } = credentials
  return {
    ...{ clientId, clientSecret, apiKey, region: 'us', environment: 'staging' },
    ...{ apiUrl: url, authUrl: url, tokenKey: randomBytes(32).toString('hex') },
  }
}

/** The whole local run beside a fake Smokeball without a rate limit. Connects its firms unless `connects` is false. */
export async function besideFake(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: StartLocalOptions,
  given: FakeSmokeballOptions & { connects?: boolean } = {},
): Promise<BesideFake> {
  const { connects = true, ...fakeOptions } = given
  const fake = await startFakeSmokeball({ rateLimit: 'off', ...fakeOptions })
  onTestFinished(() => fake.stop())
  const { clientId } = fake.credentials
  const local = await startLocal({ clientId, apiSecret: apiSecretFor(fake), ...options })
  onTestFinished(() => local.stop())
  const connect = async () => {
    for (const { accountId, refreshToken } of fake.credentials.accounts)
      await local.keeper.invoke({ accountId, refreshToken })
  }
  if (connects) await connect()
  const [{ accountId } = { accountId: '' }] = fake.credentials.accounts
  return { local, fake, accountId, connect }
}
