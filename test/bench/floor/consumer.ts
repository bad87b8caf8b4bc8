/** The least that a consumer could do for what the Powertools peer gives: the same three writes, without its packages. */
import { callerOf, Refused } from './call-aws.ts'

const { TABLE_NAME } = process.env
const callDynamodb = callerOf('dynamodb')
const keptSeconds = 30 * 24 * 60 * 60

const handlers = [async (_payload: unknown) => {}, async (_payload: unknown) => {}]

export const handler = async ({ Records }: { Records: { messageId: string; body: string }[] }) => {
  const failed: { itemIdentifier: string }[] = []
  await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        await handleEvent(body)
      } catch {
        failed.push({ itemIdentifier: messageId })
      }
    }),
  )
  return { batchItemFailures: failed }
}

async function handleEvent(body: string): Promise<void> {
  const { accountId, type, payload } = JSON.parse(body) as {
    accountId: string
    type: string
    payload: { id: string }
  }
  // It is beyond 2^53, and the last member of what Smokeball sends.
  const ticks = /"timestamp":(\d+)}$/.exec(body)?.[1] ?? ''
  const id = `${accountId}|${type}|${payload.id}|${ticks}`
  const outcome = await outcomeOf(id, `newest|${accountId}|${payload.id}`, ticks, payload)
  console.info({ outcome, type, accountId, resource: payload.id })
}

async function outcomeOf(id: string, resource: string, ticks: string, payload: unknown): Promise<string> {
  const expiration = { N: String(Math.floor(Date.now() / 1000) + keptSeconds) }
  const isFirst = await writes('PutItem', {
    TableName: TABLE_NAME,
    Item: { id: { S: id }, status: { S: 'INPROGRESS' }, expiration },
    ConditionExpression: 'attribute_not_exists(id)',
  })
  if (!isFirst) return 'duplicate'
  const isNewest = await writes('UpdateItem', {
    TableName: TABLE_NAME,
    Key: { id: { S: resource } },
    UpdateExpression: 'SET ticks = :ticks',
    ConditionExpression: 'attribute_not_exists(ticks) OR ticks < :ticks',
    ExpressionAttributeValues: { ':ticks': { N: ticks } },
  })
  if (isNewest) await Promise.all(handlers.map((handle) => handle(payload)))
  const outcome = isNewest ? 'handled' : 'superseded'
  await writes('UpdateItem', {
    TableName: TABLE_NAME,
    Key: { id: { S: id } },
    UpdateExpression: 'SET #status = :done, outcome = :outcome',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':done': { S: 'COMPLETED' }, ':outcome': { S: outcome } },
  })
  return outcome
}

/** False where the condition does not hold. */
async function writes(operation: string, input: object): Promise<boolean> {
  try {
    await callDynamodb(operation, input)
    return true
  } catch (error) {
    if (error instanceof Refused && error.type === 'ConditionalCheckFailedException') return false
    throw error
  }
}
