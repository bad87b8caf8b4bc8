import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { putSecrets } from '../../../infra/local/aws-endpoints/put-secrets.ts'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { startEventSourceMapping } from '../../../infra/local/lambda/event-source-mapping.ts'
import { region, tableName } from '../../../infra/operate/local-account.ts'
import { queueDepth } from '../../../infra/operate/queue-depth.ts'

let engines: Engines
let sqs: SQSClient
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ engines, sqs, stop } = await start())
})
afterAll(() => stop())

async function start() {
  const engines = await startEngines({ consumerTimeoutMs: 100 })
  const sqs = new SQSClient(engines.sqsConfig)
  async function stop(): Promise<void> {
    sqs.destroy()
    await engines.stop()
  }
  return { engines, sqs, stop }
}

it('creates the queues as they are deployed', async () => {
  const command = new GetQueueAttributesCommand({ QueueUrl: engines.queueUrl, AttributeNames: ['All'] })
  const { Attributes } = await sqs.send(command)
  expect(Attributes).toMatchObject({
    FifoQueue: 'true',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    ContentBasedDeduplication: 'false',
    VisibilityTimeout: '1',
    MessageRetentionPeriod: '1209600',
    MaximumMessageSize: '1048576',
  })
  expect(JSON.parse(Attributes?.RedrivePolicy ?? '')).toEqual({
    maxReceiveCount: 1000,
    deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:smokeball-events-dead-letters.fifo',
  })
})

it('creates the table as it is deployed', async () => {
  const { Table } = await new DynamoDBClient(engines.dynamodbConfig).send(
    new DescribeTableCommand({ TableName: tableName }),
  )
  expect(Table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST')
  expect(Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(['pk', 'sk'])
  const [feed] = Table?.GlobalSecondaryIndexes ?? []
  expect(feed?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(['feedShard', 'feedAt'])
  expect(feed?.Projection?.ProjectionType).toBe('INCLUDE')
})

it('answers GetSecretValue, and that a secret is not there', async () => {
  const client = new SecretsManagerClient({ ...engines.sqsConfig, endpoint: engines.secretsUrl })
  const read = () => client.send(new GetSecretValueCommand({ SecretId: 'one' }))
  await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  engines.secrets.set('one', '{"clientId":"é"}')
  expect((await read()).SecretString).toBe('{"clientId":"é"}')
})

it('goes on when a client of the table goes in the middle of its request', async () => {
  const { endpoint, credentials } = engines.dynamodbConfig
  const { port, host } = new URL(endpoint)
  const credential = `${credentials.accessKeyId}/20260101/us-east-1/dynamodb/aws4_request`
  const half = connect(Number(port), '127.0.0.1')
  half.write(
    `POST / HTTP/1.1\r\nHost: ${host}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0\r\nContent-Length: 10\r\n\r\nhalf`,
  )
  await sleep(50)
  const gone = once(half, 'close')
  half.destroy()
  await gone
  await sleep(50)
  const client = new DynamoDBClient(engines.dynamodbConfig)
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }))
  client.destroy()
  expect(Table?.TableStatus).toBe('ACTIVE')
})

it('keeps the table in a data folder', async () => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-data-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const Item = { pk: { S: 'a' }, sk: { S: 'b' }, n: { N: '1' } }
  const first = await startEngines({ data, consumerTimeoutMs: 1000 })
  await new DynamoDBClient(first.dynamodbConfig).send(new PutItemCommand({ TableName: tableName, Item }))
  await first.stop()

  const second = await startEngines({ data, consumerTimeoutMs: 1000 })
  const Key = { pk: Item.pk, sk: Item.sk }
  const kept = await new DynamoDBClient(second.dynamodbConfig).send(
    new GetItemCommand({ TableName: tableName, Key }),
  )
  expect(kept.Item).toEqual(Item)
  await second.stop()
})

it('takes a data folder that nobody uses, whatever process has the id of the last run now', async () => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-data-'))
  onTestFinished(() => rm(data, { recursive: true }))
  await writeFile(join(data, 'in-use-by-pid'), '1')
  const engines = await startEngines({ data, consumerTimeoutMs: 1000 })
  const refused = `The data folder ${data} is used by another local run (process ${process.pid}). Stop that one first.`
  await expect(startEngines({ data, consumerTimeoutMs: 1000 })).rejects.toThrow(refused)
  // From outside, too, and even where nothing says whose it is.
  await rm(join(data, 'in-use-by-pid'))
  const taking = `import { takeDataFolder } from ${JSON.stringify(new URL('../../../infra/local/engines/data-folder.ts', import.meta.url))}
    await takeDataFolder(${JSON.stringify(data)}).then(() => console.log('taken'), (error) => console.log(error.code, error.message))`
  const take = () =>
    spawnSync(process.execPath, ['--input-type=module', '-e', taking], { encoding: 'utf8' }).stdout
  expect(take()).toBe(`USAGE The data folder ${data} is used by another local run. Stop that one first.\n`)
  await engines.stop()
  expect(take()).toBe('taken\n')
  const next = await startEngines({ data, consumerTimeoutMs: 1000 })
  await next.stop()
})

it('keeps queues in a data folder: what was in work is there again at once, under another time limit too', async () => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-data-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const message = { MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd' }
  const receive = async ({ sqsConfig, queueUrl: QueueUrl }: Engines) => {
    const client = new SQSClient(sqsConfig)
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }))
    client.destroy()
    return Messages.map(({ Body }) => Body)
  }
  const first = await startEngines({ data, consumerTimeoutMs: 1000 })
  const client = new SQSClient(first.sqsConfig)
  await client.send(new SendMessageCommand({ QueueUrl: first.queueUrl, ...message }))
  client.destroy()
  expect(await receive(first)).toEqual(['x'])
  expect(await receive(first)).toEqual([])
  await first.stop()

  const second = await startEngines({ data, consumerTimeoutMs: 2000 })
  onTestFinished(second.stop)
  expect(await receive(second)).toEqual(['x'])
})

it('keeps secrets in a data folder with all their versions, and says so when it cannot read what is there', async () => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-data-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const first = await startEngines({ data, consumerTimeoutMs: 1000 })
  const old = '{"clientId":"c","signingKey":"old","previousSigningKeys":[]}'
  const { versions } = first.secrets.set('smokeball-webhook', old).get('smokeball-webhook') ?? {}
  versions?.add('next', '{"signingKey":"new"}', ['AWSPENDING'])
  first.secrets.set('handlers/CRM', 'of .env')
  await first.stop()

  const second = await startEngines({ data, consumerTimeoutMs: 1000 })
  const kept = second.secrets.get('smokeball-webhook')?.versions
  expect(kept?.read().text).toBe(old)
  expect(kept?.read({ stage: 'AWSPENDING' })).toMatchObject({
    versionId: 'next',
    text: '{"signingKey":"new"}',
  })
  expect(second.secrets.get('handlers/CRM')).toBeUndefined()
  // Where nothing is new, no version is made of it: a change of key that was interrupted is to go on.
  expect(putSecrets(second.secrets, {})).toMatchObject({ clientId: 'c', signingKey: 'old' })
  expect(Object.keys(kept?.labels() ?? {})).toHaveLength(2)
  expect(putSecrets(second.secrets, { signingKey: 'given' })).toMatchObject({
    clientId: 'c',
    signingKey: 'given',
  })
  expect(JSON.parse(kept?.read().text ?? '')).toMatchObject({ clientId: 'c', signingKey: 'given' })
  await second.stop()

  await writeFile(join(data, 'secrets.json'), '{"smokeball-web')
  const reading = startEngines({ data, consumerTimeoutMs: 1000 })
  await expect(reading).rejects.toThrow(
    /^Cannot read .*secrets\.json: .*Remove it: the next start makes a new signing key\.$/,
  )
  // The folder is free again.
  await rm(join(data, 'secrets.json'))
  await writeFile(join(data, 'queues/fauxqs.db'), 'no database')
  const opening = startEngines({ data, consumerTimeoutMs: 1000 })
  await expect(opening).rejects.toThrow(
    /^Cannot read the queues in .*: .*not a database.* Remove that folder/,
  )
  await rm(join(data, 'queues'), { recursive: true })
  await (await startEngines({ data, consumerTimeoutMs: 1000 })).stop()
})

it('says that a data folder cannot be one', async () => {
  await expect(startEngines({ data: import.meta.filename, consumerTimeoutMs: 1000 })).rejects.toMatchObject({
    code: 'USAGE',
  })
})

// Each with a queue of its own: a poller that was stopped in the middle of its wait would still take a message within a
// second. Side by side, since they wait.
describe.concurrent('the event source mapping', () => {
  /** A queue of the test's own, what polls it until the test ends, and what sends to it. */
  async function queueWorld({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
    const { engines, sqs, stop } = await start()
    onTestFinished(stop)
    const { queueUrl } = engines

    function startMapping(invoke: (event: unknown) => Promise<unknown>, failures: Error[] = []) {
      const onBatchFailed = (error: Error) => failures.push(error)
      const mapping = startEventSourceMapping({
        sqs,
        queueUrl,
        region,
        concurrency: 2,
        invoke,
        onBatchFailed,
      })
      onTestFinished(mapping.stop)
      return mapping
    }

    function consume(invoke: (event: unknown) => Promise<unknown>): Error[] {
      const failures: Error[] = []
      startMapping(invoke, failures)
      return failures
    }

    async function sendOne(body: string, group = body): Promise<void> {
      const MessageAttributes = {
        kind: { DataType: 'String', StringValue: 'k' },
        raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
      }
      const of = {
        QueueUrl: queueUrl,
        MessageGroupId: group,
        MessageDeduplicationId: `${body}-${Math.random()}`,
      }
      await sqs.send(new SendMessageCommand({ ...of, MessageBody: body, MessageAttributes }))
    }

    return { engines, sqs, startMapping, consume, sendOne }
  }

  type Batch = { Records: { body: string; messageId: string; attributes: Record<string, string> }[] }

  it('hands over records as Lambda gets them, and deletes what succeeded', async (test) => {
    const { engines, sqs, consume, sendOne } = await queueWorld(test)
    const seen: Batch[] = []
    consume(async (event) => void seen.push(event as Batch))
    await sendOne('hello')
    await test.expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1)
    expect(seen[0]?.Records[0]).toMatchObject({
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1',
        MessageGroupId: 'hello',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        kind: { stringValue: 'k', dataType: 'String' },
        raw: { binaryValue: 'AQI=', dataType: 'Binary' },
      },
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:smokeball-events.fifo',
      awsRegion: 'us-east-1',
    })
    await test.expect.poll(() => queueDepth(sqs, engines.queueUrl)).toBe(0)
  })

  it('keeps what the answer reports as failed until its visibility ends', async (test) => {
    const { consume, sendOne } = await queueWorld(test)
    const counts: Record<string, string[]> = {}
    consume(async (event) => {
      const { Records } = event as Batch
      for (const { body, attributes } of Records) {
        counts[body] = [...(counts[body] ?? []), attributes.ApproximateReceiveCount ?? '']
      }
      const failed = Records.filter(
        ({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount === '1',
      )
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })
    await Promise.all([sendOne('bad'), sendOne('good')])
    await test.expect.poll(() => counts, { timeout: 10_000 }).toEqual({ bad: ['1', '2'], good: ['1'] })
  })

  it.for<[string, () => Promise<unknown>]>([
    ['an invocation that fails', () => Promise.reject(new Error('boom'))],
    [
      'an answer that names a message of another batch',
      async () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] }),
    ],
    ['an answer of another shape', async () => 'done'],
  ])('takes the whole batch as failed after %s', async ([, firstAnswer], test) => {
    const { consume, sendOne } = await queueWorld(test)
    let calls = 0
    const failures = consume(async () => {
      calls += 1
      return calls === 1 ? firstAnswer() : undefined
    })
    await sendOne(`whole ${Math.random()}`)
    await test.expect.poll(() => calls, { timeout: 10_000 }).toBe(2)
    expect(failures).toHaveLength(1)
  })

  it('receives nothing while it is paused, and all afterwards, at once', async (test) => {
    const { engines, sqs, startMapping, sendOne } = await queueWorld(test)
    const seen: string[] = []
    const mapping = startMapping(async (event) => {
      seen.push(...(event as Batch).Records.map(({ body }) => body))
    })
    await sendOne('before')
    await test.expect.poll(() => seen, { timeout: 10_000 }).toEqual(['before'])
    await mapping.pause()
    expect(mapping.isEnabled()).toBe(false)
    await Promise.all(['a', 'b', 'c'].map((body) => sendOne(body)))
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: engines.queueUrl, AttributeNames: ['All'] }),
    )
    expect([seen, Attributes?.ApproximateNumberOfMessages]).toEqual([['before'], '3'])
    mapping.resume()
    expect(mapping.isEnabled()).toBe(true)
    await test.expect.poll(() => seen.slice(1).sort(), { timeout: 500 }).toEqual(['a', 'b', 'c'])
  })

  it('lets a batch that is under way end while it is paused', async (test) => {
    const { engines, sqs, startMapping, sendOne } = await queueWorld(test)
    const ending = Promise.withResolvers<void>()
    const mapping = startMapping(() => ending.promise)
    await sendOne('slow')
    await test.expect.poll(mapping.inFlight, { timeout: 10_000 }).toBe(1)
    await mapping.pause()
    expect(mapping.inFlight()).toBe(1)
    ending.resolve()
    await test.expect.poll(() => queueDepth(sqs, engines.queueUrl)).toBe(0)
    expect(mapping.inFlight()).toBe(0)
  })

  it('handles what comes however often it is paused and resumed meanwhile', async (test) => {
    const { startMapping, sendOne } = await queueWorld(test)
    const seen: string[] = []
    const mapping = startMapping(async (event) => {
      seen.push(...(event as Batch).Records.map(({ body }) => body))
    })
    const bodies = Array.from({ length: 20 }, (_, index) => `m${index}`)
    await Promise.all([
      ...bodies.map((body) => sendOne(body)),
      ...[mapping.pause(), mapping.pause()],
      mapping.pause().then(mapping.resume),
    ])
    mapping.resume()
    await test.expect.poll(() => [...seen].sort(), { timeout: 5_000 }).toEqual([...bodies].sort())
  })
})
