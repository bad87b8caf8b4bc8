import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { parseLossless } from '../../shared/event/lossless-json.ts'
import { shellWord } from '../../shared/runtime/command-line.ts'
import { newRequestId } from '../../shared/signing/request-id.ts'
import { recordedWrites } from '../../shared/smokeball-api/recorded-writes.ts'
import type { FakeSmokeball } from '../fake-smokeball/fake-smokeball.ts'
import { sample } from '../smokeball/sample.ts'
import type { Local } from './local.ts'
import { accountOf, subscribeFirm } from './start-run.ts'

/** Connects the fake Smokeball's firm, and returns what can be tried then. */
export async function connectFirm(local: Local, fake: FakeSmokeball): Promise<TryCommand[]> {
  await subscribeFirm(local, fake)
  const accessToken = await newAccessToken(fake)
  return tryCommands(local, fake, { accountId: accountOf(fake), matterId: sampleMatterId(), accessToken })
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

/** A command that calls the fake Smokeball. It can be pasted into a shell as often as one likes. */
export interface TryCommand {
  /** This is what the command leads to. */
  what: string
  command: string
}

interface Firm {
  accountId: string
  matterId: string
  accessToken: string
}

/**
 * Returns three writes to the firm's matter: a user's, one of ours, and one of ours that fails later, whose RequestId is recorded
 * as the client records its writes. Each says when its event does not come, since nobody has subscribed to it.
 */
async function tryCommands(local: Local, fake: FakeSmokeball, firm: Firm): Promise<TryCommand[]> {
  const ours = newRequestId(local.requestIdKey, randomBytes(8))
  const failing = newRequestId(local.requestIdKey, randomBytes(8))
  const path = `/matters/${firm.matterId}`
  await record(local, { requestId: failing, accountId: firm.accountId, path })
  const subscription = fake.subscriptions.find((each) => each.eventNotificationUrl === local.url)
  const unless = (type: string) => {
    if (!subscription) return ' (once the firm is connected)'
    return subscription.eventTypes.includes(type) ? '' : ` (once a handler asks for ${type})`
  }
  const command = (title: string, headers: Record<string, string> = {}) =>
    curl(`${fake.url}${path}`, JSON.stringify({ title }), {
      Authorization: `Bearer ${firm.accessToken}`,
      'x-api-key': fake.credentials.apiKey,
      'Content-Type': 'application/json',
      ...headers,
    })
  return [
    {
      what: `Somebody writes to the matter: its event comes${unless('matter.updated')}.`,
      command: command('Written by somebody'),
    },
    {
      what: `You write, with a RequestId of yours: the echo is skipped as own${unless('matter.updated')}.`,
      command: command('Written by you', { RequestId: ours }),
    },
    {
      what: `You write, and it fails later: the error event finds this write${unless('error')}.`,
      command: command('Never to be seen', { RequestId: failing, 'X-Fake-Fail': 'The matter is locked.' }),
    },
  ]
}

async function record(
  { dynamodb, tableName }: Local,
  write: { requestId: string; accountId: string; path: string },
): Promise<void> {
  const client = new DynamoDBClient(dynamodb)
  const made = { method: 'PATCH', atEpochMs: Date.now(), reference: 'the curl command above' }
  try {
    await recordedWrites({ client, tableName }).recordWrite({ ...write, ...made }, AbortSignal.timeout(5_000))
  } finally {
    client.destroy()
  }
}

function curl(url: string, body: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`)
  return [`curl -sS -X PATCH ${shellWord(url)}`, ...lines, `-d ${shellWord(body)}`].join(' \\\n  ')
}
