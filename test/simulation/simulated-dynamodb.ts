import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  type GetItemCommandInput,
  type GetItemCommandOutput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { itemBytes } from '../bench/item-size.ts'
import {
  type Expression,
  find,
  type Item,
  parseCondition,
  parseProjection,
  parseUpdate,
  replace,
} from './dynamodb-expressions.ts'

const maxItemBytes = 400 * 1024

type Command = GetItemCommand | PutItemCommand | UpdateItemCommand | DeleteItemCommand | QueryCommand
/** Enough of every answer. */
type Answer = Pick<GetItemCommandOutput, 'Item'> & { Attributes?: Item; Items?: Item[] }

export interface SimulatedDynamodb {
  client: Pick<DynamoDBClient, 'send'>
  /** What `client.send` does, at once: the simulation decides when a command gets there, and how often. */
  apply(command: unknown): Answer
  /** Time to live: deletes what is over and chosen. DynamoDB takes up to days, and never deletes before. */
  expire(nowEpochMs: number, isChosen?: () => boolean): void
}

/**
 * One DynamoDB table with the keys `pk` and `sk`, in memory: the commands of consumer and keeper, with DynamoDB's rules for
 * conditions, updates, placeholders and sizes. `itemOnFailure`: a failed condition brings its item along, if asked to,
 * as AWS does and dynalite does not.
 */
export function simulatedDynamodb({ itemOnFailure }: { itemOnFailure: boolean }): SimulatedDynamodb {
  const items = new Map<string, Item>()

  function apply(command: unknown): Answer {
    const { input } = command as Command
    if (command instanceof GetItemCommand) return getItem(input as GetItemCommandInput)
    if (command instanceof PutItemCommand) return putItem(input as PutItemCommandInput)
    if (command instanceof UpdateItemCommand) return updateItem(input as UpdateItemCommandInput)
    if (command instanceof QueryCommand) return query(input as QueryCommandInput)
    if (command instanceof DeleteItemCommand) return items.delete(keyOf(command.input.Key)) ? {} : {}
    throw invalid(`not simulated: ${(command as object).constructor.name}`)
  }

  function getItem(input: GetItemCommandInput): Answer {
    const item = items.get(keyOf(input.Key))
    const projection = input.ProjectionExpression ? parseProjection(input.ProjectionExpression) : undefined
    checkPlaceholders(input, [projection])
    if (!item) return {}
    if (!projection) return { Item: item }
    const paths = projection.evaluate({ item, names: input.ExpressionAttributeNames ?? {}, values: {} })
    return {
      Item: paths.reduce<Item>(
        (picked, path) => replace(picked, path.slice(0, 1), find(item, path.slice(0, 1))),
        {},
      ),
    }
  }

  function putItem(input: PutItemCommandInput): Answer {
    const item = input.Item ?? {}
    const key = keyOf(item)
    checkCondition(input, items.get(key), [])
    store(key, item)
    return {}
  }

  function updateItem(input: UpdateItemCommandInput): Answer {
    const key = keyOf(input.Key)
    const old = items.get(key)
    const update = parseUpdate(input.UpdateExpression ?? '')
    checkCondition(input, old, [update])
    store(key, update.evaluate(scopeOf(input, old ?? { ...input.Key })))
    const returned = input.ReturnValues === 'ALL_NEW' ? items.get(key) : old
    return input.ReturnValues && returned ? { Attributes: returned } : {}
  }

  /** All of a partition, on one page. */
  function query(input: QueryCommandInput): Answer {
    if (input.KeyConditionExpression !== 'pk = :pk') throw invalid('only whole partitions are simulated')
    const pk = input.ExpressionAttributeValues?.[':pk']?.S
    const found = [...items.values()].filter((item) => item.pk?.S === pk)
    return { Items: found.sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1)) }
  }

  function checkCondition(
    input: PutItemCommandInput | UpdateItemCommandInput,
    old: Item | undefined,
    others: Expression<unknown>[],
  ): void {
    const condition = input.ConditionExpression ? parseCondition(input.ConditionExpression) : undefined
    checkPlaceholders(input, [condition, ...others])
    if (!condition || condition.evaluate(scopeOf(input, old ?? {}))) return
    const wantsItem = itemOnFailure && input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      ...(wantsItem && old && { Item: old }),
    })
  }

  function store(key: string, item: Item): void {
    if (itemBytes(item) > maxItemBytes) throw invalid('Item size has exceeded the maximum allowed size')
    items.set(key, item)
  }

  return {
    apply,
    client: { send: async (command: unknown) => apply(command) } as unknown as Pick<DynamoDBClient, 'send'>,
    expire(nowEpochMs, isChosen = () => true) {
      for (const [key, { ttl }] of items) {
        if (ttl?.N !== undefined && Number(ttl.N) * 1000 < nowEpochMs && isChosen()) items.delete(key)
      }
    },
  }
}

function scopeOf(input: PutItemCommandInput | UpdateItemCommandInput, item: Item) {
  return {
    item,
    names: input.ExpressionAttributeNames ?? {},
    values: input.ExpressionAttributeValues ?? {},
  }
}

function checkPlaceholders(
  input: GetItemCommandInput | PutItemCommandInput | UpdateItemCommandInput,
  expressions: readonly (Expression<unknown> | undefined)[],
): void {
  const given = {
    ...input.ExpressionAttributeNames,
    ...('ExpressionAttributeValues' in input && input.ExpressionAttributeValues),
  }
  const used = expressions.flatMap((expression) => [...(expression?.placeholders ?? [])])
  for (const name of used) if (!Object.hasOwn(given, name)) throw invalid(`${name} is used and not defined`)
  for (const name of Object.keys(given)) if (!used.includes(name)) throw invalid(`${name} is not used`)
}

function keyOf(key: Item | undefined): string {
  const { pk, sk } = key ?? {}
  if (!pk?.S || !sk?.S) throw invalid('pk and sk must be non-empty strings')
  if (Buffer.byteLength(pk.S) > 2048 || Buffer.byteLength(sk.S) > 1024) throw invalid('the key is too long')
  return `${pk.S}\n${sk.S}`
}

function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({
    name: 'ValidationException',
    message,
    $fault: 'client',
    $metadata: {},
  })
}
