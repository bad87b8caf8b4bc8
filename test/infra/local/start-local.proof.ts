import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it, type TestContext } from 'vitest'
import { on, PermanentFailure } from '#webhooks'
import type { Local, StartLocalOptions } from '../../../infra/local/local.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { sample } from '../../../infra/smokeball/sample.ts'

const { text: matter } = sample('matter.updated')
const { text: contact } = sample('contact.updated')

async function started({ onTestFinished }: TestContext, options: StartLocalOptions): Promise<Local> {
  const local = await startLocal(options)
  onTestFinished(() => local.stop())
  return local
}

async function handlersFile({ onTestFinished }: TestContext, source: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-handlers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'handlers.ts')
  await writeFile(file, source)
  return file
}

/** What was logged of a kind: outcomes of deliveries or events, or texts of the run itself. */
function outcomes(local: Local, kind: 'delivery' | 'event'): unknown[] {
  return local.lines.flatMap(({ message, source }) => {
    const isOfKind = source === (kind === 'delivery' ? 'receiver' : 'consumer')
    return typeof message === 'object' &&
      isOfKind &&
      kind in message &&
      !('message' in message) &&
      !('failure' in message)
      ? [message[kind]]
      : []
  })
}

function told(local: Local): string {
  return local.lines.map(({ message }) => (typeof message === 'string' ? message : '')).join('\n')
}

it('runs a handlers file in processes of its own, from the delivery to the table', async (test) => {
  const handlers = await handlersFile(
    test,
    `import { on } from '#webhooks'
    export default [on('matter.updated', { name: 'show' }, (event, { log }) => {
      log.info('seen', { env: process.env.FROM_ENV, ticks: event.ticks, table: process.env.TABLE_NAME })
    })]`,
  )
  const local = await started(test, { handlers, env: { FROM_ENV: 'yes', TABLE_NAME: 'not this' } })
  expect(local.handlers).toEqual([{ name: 'show', types: ['matter.updated'], order: 'latest', own: 'skip' }])
  const answers = [
    await local.deliver(matter),
    await local.deliver(matter),
    await local.deliver(matter, { signature: 'x' }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401])
  await local.settled()

  expect(outcomes(local, 'delivery')).toEqual(['accepted', 'accepted', 'refused'])
  expect(local.lines.filter(({ droppedByQueue }) => droppedByQueue)).toHaveLength(1)
  expect(outcomes(local, 'event')).toEqual(['handled'])
  const logged = local.lines
    .map(({ message }) => message)
    .find((message) => typeof message === 'object' && message.message === 'seen')
  expect(logged).toMatchObject({ fields: { env: 'yes', ticks: 639170696424691361n, table: local.tableName } })
  const { Items } = await new DynamoDBClient(local.dynamodb).send(
    new ScanCommand({ TableName: local.tableName }),
  )
  expect(Items?.map(({ sk }) => sk?.S?.split('#')[0])).toEqual(expect.arrayContaining(['ledger', 'event']))
})

it('runs handlers that are closures in this process, and knows their errors', async (test) => {
  const seen: string[] = []
  const local = await started(test, {
    handlers: [
      on('matter.updated', { name: 'closure' }, (event) => void seen.push(event.type)),
      on('contact.*', { name: 'never' }, () => {
        throw new PermanentFailure('no such customer')
      }),
    ],
  })
  await local.deliver(matter)
  await local.deliver(contact)
  await local.settled()
  expect(seen).toEqual(['matter.updated'])
  expect(outcomes(local, 'event')).toEqual(expect.arrayContaining(['handled', 'dead-lettered']))
  const command = new GetQueueAttributesCommand({
    QueueUrl: local.deadLetterQueueUrl,
    AttributeNames: ['ApproximateNumberOfMessages'],
  })
  const { Attributes } = await new SQSClient(local.sqs).send(command)
  expect(Attributes?.ApproximateNumberOfMessages).toBe('1')
})

it.concurrent('kills an invocation that never lets go, and gives its event another chance', async (test) => {
  const handlers = await handlersFile(
    test,
    `import { on } from '#webhooks'
    import { existsSync, writeFileSync } from 'node:fs'
    export default [on('*', { name: 'stuck', order: 'every' }, () => {
      if (existsSync('${tmpdir()}/' + process.env.MARK)) return
      writeFileSync('${tmpdir()}/' + process.env.MARK, '')
      while (true);
    })]`,
  )
  const MARK = `smokeball-mark-${process.pid}`
  test.onTestFinished(() => rm(join(tmpdir(), MARK), { force: true }))
  const local = await started(test, { handlers, consumerTimeoutMs: 650, env: { MARK } })
  await local.deliver(matter)
  await test.expect.poll(() => told(local), { timeout: 10_000 }).toContain('killed, as Lambda does')
  test.expect(told(local)).toContain('Its message comes again when the visibility timeout ends, in 4 s.')
  await test.expect.poll(() => outcomes(local, 'event'), { timeout: 15_000 }).toContain('handled')
})

it.concurrent('says that a handler ended its process, and goes on', async (test) => {
  const handlers = await handlersFile(
    test,
    `import { on } from '#webhooks'
    export default [
      on('matter.*', { name: 'exits' }, () => process.exit(7)),
      on('contact.*', { name: 'fine' }, () => {}),
    ]`,
  )
  const local = await started(test, { handlers })
  await local.deliver(matter)
  await test.expect
    .poll(() => told(local), { timeout: 10_000 })
    .toContain(
      'consumer: the process exited with code 7 during an invocation, while the handler exits was running\n',
    )
  await local.deliver(contact)
  await test.expect.poll(() => outcomes(local, 'event'), { timeout: 10_000 }).toEqual(['handled'])
})

it.concurrent('reloads changed handlers, and keeps those before when the change is broken', async (test) => {
  const version = (log: string) => `import { on } from '#webhooks'
    import { text } from './text.ts'
    export default [on('*', { name: 'versioned', order: 'every' }, (event, { log }) => log.info(text + '${log}'))]`
  const handlers = await handlersFile(test, version('1'))
  await writeFile(join(handlers, '../text.ts'), `export const text = 'version '`)
  const local = await started(test, { handlers, watch: true })
  const logs = () =>
    local.lines.map(({ message }) => (typeof message === 'object' ? message.message : undefined))

  await writeFile(handlers, 'export default [ broken')
  await test.expect
    .poll(() => told(local), { timeout: 10_000 })
    .toContain('The previous handlers stay in use.')
  await local.deliver(matter)
  await test.expect.poll(logs, { timeout: 10_000 }).toContain('version 1')

  await writeFile(handlers, version('2').replaceAll('*', 'mater.updated'))
  await test.expect.poll(() => told(local), { timeout: 10_000 }).toContain('Reloaded the handlers: versioned')
  test.expect(told(local)).toContain("Did you mean 'matter.updated'?")

  await writeFile(handlers, version('3'))
  await writeFile(join(handlers, '../text.ts'), `export const text = 'imported '`)
  const reloads = () => told(local).split('Reloaded the handlers').length - 1
  await test.expect.poll(reloads, { timeout: 10_000 }).toBeGreaterThan(1)
  await local.deliver(contact)
  await test.expect.poll(logs, { timeout: 10_000 }).toContain('imported 3')
})

it('reads the secret as deployed: none, a whole one, with a previous key', async (test) => {
  const local = await started(test, { handlers: [], secret: null, receiverTimeoutMs: 4_000 })
  expect((await local.deliver(matter)).status).toBe(503)

  const rotated = await started(test, {
    handlers: [],
    previousSigningKeys: ['old'],
    signingKey: 'new',
    clientId: 'me',
  })
  const { sign } = await import('../../../shared/signing/signature.ts')
  const { dateToTicks } = await import('../../../shared/event/ticks.ts')
  const parts = { timestamp: dateToTicks(new Date()).toString(), requestId: 'r', clientId: 'me' }
  const signedBefore = { ...parts, signature: sign(parts, 'old') }
  expect((await rotated.deliver(matter, signedBefore)).status).toBe(200)
  await rotated.settled()
  expect(outcomes(rotated, 'event')).toEqual(['unhandled'])
})

it.for([
  ['is not there', undefined, /^Cannot read the handlers file .*nowhere\.ts: there is no such file$/],
  ['does not parse', 'export default [', /handlers\.ts cannot be bundled:\n/],
  ['exports by a name alone', 'export const handlers = []', /Default-export an array: `export default \[on/],
  ['exports no list', 'export default 1', /handlers\.ts: .*Default-export an array/s],
  [
    'names no handler',
    `import { on } from '#webhooks'\nexport default [on('*', {} as never, () => {})]`,
    /has no name/,
  ],
  ['throws', `throw new Error('CRM_KEY is missing')`, /handlers\.ts: Error: CRM_KEY is missing/],
  ['ends the process', 'process.exit(3)', /ends the process while loading \(exit code 3\)/],
] as const)('says what is wrong with a handlers file that %s', async ([, source, message], test) => {
  const handlers = source === undefined ? '/nowhere.ts' : await handlersFile(test, source)
  await expect(startLocal({ handlers })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(message),
  })
})

it('leaves nothing behind when it cannot start', async (test) => {
  const taken = await started(test, { handlers: [] })
  const port = Number(new URL(taken.url).port)
  const data = await mkdtemp(join(tmpdir(), 'smokeball-data-'))
  test.onTestFinished(() => rm(data, { recursive: true }))
  await expect(startLocal({ handlers: [], port, data })).rejects.toMatchObject({
    code: 'USAGE',
    message: `Port ${port} is in use. Stop what listens there, or choose another: npx smokeball-webhooks start --port ${port + 1}`,
  })
  expect(existsSync(join(data, 'in-use-by-pid'))).toBe(false)
})
