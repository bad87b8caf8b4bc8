import { createCipheriv, createDecipheriv } from 'node:crypto'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { type EventTableDeps, getItem, isWritten } from '../ledger/event-table.ts'
import { AdvisedError } from '../runtime/advised-error.ts'
import type { RefreshTokenStore } from './access-tokens.ts'
import { accountKey } from './account.ts'

interface StoredRefreshTokensDeps extends EventTableDeps {
  /** 32 bytes. Throws `MissingApiCredentials` if there is none yet. */
  tokenKey(): Promise<Uint8Array>
  twelveRandomBytes(): Uint8Array
}

/** A refresh token is there and cannot be used. */
class LostRefreshToken extends AdvisedError {
  readonly code = 'LOST_REFRESH_TOKEN'
  constructor(accountId: string, cause: unknown) {
    const next = { command: 'accounts add', options: { 'refresh-token': true }, positionals: [accountId] }
    super(
      `The refresh token of account ${accountId} was stored with another \`tokenKey\` than the API's secret has now.`,
      { text: 'Put the former key back, or connect the firm again with a new refresh token', next },
      { cause },
    )
    this.name = 'LostRefreshToken'
  }
}

/** Refresh tokens in the event table. */
interface StoredRefreshTokens extends RefreshTokenStore {
  /** Connects an account and stores its refresh token in one write: in between, the client's own credentials would act for it. */
  connect(accountId: string, refreshToken: string, nowEpochMs: number): Promise<void>
}

const clauses = { tokenIsTheOneRead: '#token = :read' } as const

/**
 * Refresh tokens beside their accounts in the event table, sealed with a key from the API's secret: who may read events
 * cannot act for the firm.
 */
export function storedRefreshTokens(deps: StoredRefreshTokensDeps): StoredRefreshTokens {
  const { client, tableName: TableName, tokenKey, twelveRandomBytes } = deps
  // No signal: whoever gave up asking must not cost the firm its successor.
  const readSealed = async (accountId: string) =>
    (await getItem(deps, accountKey(accountId), undefined, ['token']))?.token?.S
  const unsealed = async (accountId: string, sealed: string) => {
    const key = await tokenKey()
    try {
      return unseal(sealed, key, purposeOf(accountId))
    } catch (error) {
      throw error instanceof CannotUnseal ? new LostRefreshToken(accountId, error) : error
    }
  }
  const sealedNow = async (accountId: string, refreshToken: string) =>
    seal(refreshToken, await tokenKey(), purposeOf(accountId), twelveRandomBytes())

  return {
    async read(accountId) {
      const sealed = await readSealed(accountId)
      return sealed === undefined ? undefined : unsealed(accountId, sealed)
    },
    async connect(accountId, refreshToken, nowEpochMs) {
      const update = new UpdateItemCommand({
        TableName,
        Key: accountKey(accountId),
        UpdateExpression: 'SET #token = :token, #added = if_not_exists(#added, :now)',
        ExpressionAttributeNames: { '#token': 'token', '#added': 'added' },
        ExpressionAttributeValues: {
          ':token': { S: await sealedNow(accountId, refreshToken) },
          ':now': { N: String(nowEpochMs) },
        },
      })
      await client.send(update)
    },
    async write(accountId, refreshToken, used) {
      const sealed = await readSealed(accountId)
      // The account was removed, or connected anew, meanwhile: the successor of its former token is of no use to anybody.
      if (sealed === undefined || (await unsealed(accountId, sealed)) !== used) return
      const update = new UpdateItemCommand({
        TableName,
        Key: accountKey(accountId),
        UpdateExpression: 'SET #token = :token',
        ConditionExpression: clauses.tokenIsTheOneRead,
        ExpressionAttributeNames: { '#token': 'token' },
        ExpressionAttributeValues: {
          ':token': { S: await sealedNow(accountId, refreshToken) },
          ':read': { S: sealed },
        },
      })
      await isWritten(deps, update)
    },
  }
}

function purposeOf(accountId: string): string {
  return `refresh token of ${accountId}`
}

/** The text was sealed with another key, or for another purpose, or it was changed since. The message quotes nothing of it. */
class CannotUnseal extends Error {
  readonly code = 'CANNOT_UNSEAL'

  constructor(purpose: string) {
    super(`What is stored for ${purpose} cannot be read with the key that is there now.`)
    this.name = 'CannotUnseal'
  }
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * A text that only who has the key can read: AES-256-GCM, nonce, tag and ciphertext in this order, base64. `key`: 32 bytes;
 * `purpose`: what it is for, so that it cannot be put elsewhere; `nonce`: 12 random bytes, never the same twice.
 * https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
export function seal(text: string, key: Uint8Array, purpose: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(purpose))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
}

/** The text that was sealed. Throws `CannotUnseal`. */
export function unseal(sealed: string, key: Uint8Array, purpose: string): string {
  try {
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(Buffer.from(purpose))
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new CannotUnseal(purpose)
  }
}
