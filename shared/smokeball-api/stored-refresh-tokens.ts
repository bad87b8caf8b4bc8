import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { RefreshTokenStore } from './access-tokens.ts'
import { accountKey } from './account-item.ts'
import { CannotUnseal, seal, unseal } from './sealed-text.ts'

export interface StoredRefreshTokensDeps {
  client: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** 32 bytes. Throws `MissingApiCredentials` if there is none yet. */
  tokenKey(): Promise<Uint8Array>
  twelveRandomBytes(): Uint8Array
}

/** A refresh token is there and cannot be used. */
export class LostRefreshToken extends Error {
  readonly code = 'LOST_REFRESH_TOKEN'
  readonly whatToDo: string

  constructor(accountId: string, cause: unknown) {
    const whatToDo =
      'Put the former key back, or connect the firm again with a new refresh token: npm run webhooks -- accounts add ' +
      `${accountId} --refresh-token`
    super(
      `The refresh token of account ${accountId} was stored with another \`tokenKey\` than the API's secret has now. ${whatToDo}`,
      { cause },
    )
    this.name = 'LostRefreshToken'
    this.whatToDo = whatToDo
  }
}

const clauses = { accountIsConnected: 'attribute_exists(#added)' } as const

/**
 * Refresh tokens beside their accounts in the event table, sealed with a key from the API's secret: who may read events
 * cannot act for the firm.
 */
export function storedRefreshTokens(deps: StoredRefreshTokensDeps): RefreshTokenStore {
  const { client, tableName: TableName, tokenKey, twelveRandomBytes } = deps
  return {
    async read(accountId) {
      const get = new GetItemCommand({ TableName, Key: accountKey(accountId), ConsistentRead: true })
      const sealed = (await client.send(get)).Item?.token?.S
      if (sealed === undefined) return undefined
      const key = await tokenKey()
      try {
        return unseal(sealed, key, purposeOf(accountId))
      } catch (error) {
        throw error instanceof CannotUnseal ? new LostRefreshToken(accountId, error) : error
      }
    },
    async write(accountId, refreshToken) {
      const sealed = seal(refreshToken, await tokenKey(), purposeOf(accountId), twelveRandomBytes())
      const update = new UpdateItemCommand({
        TableName,
        Key: accountKey(accountId),
        UpdateExpression: 'SET #token = :token',
        ConditionExpression: clauses.accountIsConnected,
        ExpressionAttributeNames: { '#token': 'token', '#added': 'added' },
        ExpressionAttributeValues: { ':token': { S: sealed } },
      })
      try {
        await client.send(update)
      } catch (error) {
        // It was removed meanwhile: its tokens are nobody's business any more.
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    },
  }
}

function purposeOf(accountId: string): string {
  return `refresh token of ${accountId}`
}
