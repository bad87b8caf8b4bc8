import { parseLossless } from '../../shared/event/lossless-json.ts'
import type { FakeSmokeball } from '../fake-smokeball/fake-smokeball.ts'
import { sample } from '../smokeball/sample.ts'
import type { Local } from './local.ts'
import { type TryCommand, tryCommands } from './try-commands.ts'

/**
 * Has the keeper subscribe for the fake Smokeball's firm, as it does for a firm that is connected, and returns what can be
 * tried then. A keeper that fails has said why.
 */
export async function connectFirm(local: Local, fake: FakeSmokeball): Promise<TryCommand[]> {
  const [{ accountId } = { accountId: '' }] = fake.credentials.accounts
  await local.keeper.invoke({ accountId }).catch(() => {})
  const accessToken = await newAccessToken(fake)
  return tryCommands(local, fake, { accountId, matterId: sampleMatterId(), accessToken })
}

/** Every firm of the fake Smokeball has it. */
function sampleMatterId(): string {
  const { payload } = parseLossless(sample('matter.updated').text) as { payload: { id: string } }
  return payload.id
}

async function newAccessToken({ url, credentials }: FakeSmokeball): Promise<string> {
  const { clientId, clientSecret } = credentials
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const response = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId }),
  })
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}
