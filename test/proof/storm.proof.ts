import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { expect, it, type TestContext, vi } from 'vitest'
import { close, listen } from '../../infra/http/listen.ts'
import { httpFront } from '../../infra/local/http-front.ts'
import { bundleFunction } from '../../infra/local/lambda/bundle-functions.ts'
import { lambdaPool } from '../../infra/local/lambda/lambda-pool.ts'
import { receiverEnvironment } from '../../infra/local/lambda/local-environment.ts'
import { lineRecord } from '../../infra/local/line-record.ts'
import type { Local } from '../../infra/local/local.ts'
import { startLocal } from '../../infra/local/start-local.ts'
import { setHandling } from '../../infra/operate/handling.ts'
import { deliveryOfLine, type LocalLine } from '../../infra/operate/log-lines.ts'
import { deliver } from '../../infra/operate/send/deliver.ts'
import { defaults } from '../../infra/settings/settings-schema.ts'
import { route } from '../../infra/settings/topology.ts'
import { freshTicks, resourceIdPath, sample, withMember } from '../../infra/smokeball/sample.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { on } from '../../shared/handling/handler-registry.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { clientDefaults } from '../../shared/runtime/environment.ts'
import { type FailingSqs, failingSqs } from './failing-sqs.ts'
import { type Answered, stormAlarms } from './storm-alarms.ts'

/** The account's: a new one has no more. */
const concurrency = 10
const perSecond = 300
const deliveries = 20 * perSecond
/** SQS fails for so long: half of it refuses at once, half of it hangs. It begins after a quarter of the deliveries. */
const outageMs = 5_000
/** A machine that cannot keep the rate has no more than this under way, and takes longer. */
const mostUnderWay = 60
const resources = 500

const type = 'matter.updated'
const nextTicks = freshTicks()
const ids = Array.from({ length: resources }, () => randomUUID())

function notification(index: number): string {
  const text = withMember(sample(type).text, ['timestamp'], nextTicks().toString())
  const id = JSON.stringify(ids[index % resources])
  return withMember(text, ['payload', ...(resourceIdPath(type) ?? [])], id)
}

/** A receiver with as many processes as the account has, whose SQS is the one that fails, behind a front that counts. */
async function stormyReceiver(local: Local, sqs: FailingSqs, { onTestFinished }: TestContext) {
  const record = lineRecord()
  const told: Record<string, number> = {}
  const lines: LocalLine[] = []
  record.subscribe((line) => {
    lines.push(line)
    const outcome = deliveryOfLine(line)?.delivery
    if (outcome) told[outcome] = (told[outcome] ?? 0) + 1
  })
  const env = receiverEnvironment({
    sqsConfig: { ...local.sqs, endpoint: sqs.endpoint },
    dynamodbConfig: local.dynamodb,
    secretsUrl: local.secretsManager.endpoint,
    queueUrl: sqs.urlOf(local.queueUrl),
    deadLetterQueueUrl: sqs.urlOf(local.deadLetterQueueUrl),
    delayQueueUrl: sqs.urlOf(local.delayQueueUrl),
  })
  const pool = lambdaPool(
    {
      name: 'receiver',
      bundleFile: await bundleFunction('receiver', ''),
      env,
      timeLimitMs: defaults.receiver.timeoutMs,
      onLog: record.from('receiver'),
    },
    concurrency,
  )
  onTestFinished(() => pool.stop(0))
  await Promise.all(Array.from({ length: concurrency }, () => pool.warmUp()))
  const seen = { reached: 0, throttled: 0 }
  let underWay = 0
  /** Lambda refuses what is over the concurrency, and API Gateway answers 503. */
  async function invoke(event: unknown): Promise<unknown> {
    if (underWay >= concurrency) {
      seen.throttled += 1
      return { statusCode: 503, body: '{"message":"Service Unavailable"}' }
    }
    underWay += 1
    seen.reached += 1
    try {
      return await pool.invoke(event)
    } finally {
      underWay -= 1
    }
  }
  const front = httpFront(invoke, 'storm')
  const url = `${await listen(front)}${route.path}`
  onTestFinished(() => close(front))
  return { url, seen, told, lines }
}

/** Sends all at the rate, and returns the answer that each had. */
async function storm(texts: readonly string[], send: (text: string) => Promise<{ status: number }>) {
  const start = performance.now()
  const answers = new Map<string, Answered>()
  const underWay = new Set<Promise<void>>()
  for (const [index, text] of texts.entries()) {
    const dueInMs = start + (index * 1000) / perSecond - performance.now()
    if (dueInMs > 1) await sleep(dueInMs)
    if (underWay.size >= mostUnderWay) await Promise.race(underWay)
    const sending = send(text)
      .then(({ status }) => void answers.set(text, { status, atEpochMs: Date.now() }))
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
  }
  await Promise.all(underWay)
  return { answers, seconds: (performance.now() - start) / 1000 }
}

it('answers 200 to all that reaches the receiver while SQS fails, and has each handled once', {
  timeout: 600_000,
}, async (test) => {
  const { onTestFinished } = test
  const runs = new Map<string, number>()
  const count = on(
    '*',
    { name: 'count', order: 'every' },
    ({ id }) => void runs.set(id, (runs.get(id) ?? 0) + 1),
  )
  const local = await startLocal({ handlers: [count] })
  onTestFinished(local.stop)
  const lambda = new LambdaClient(local.lambda)
  onTestFinished(() => lambda.destroy())
  const handling = { lambda, consumerName: local.outputs.ConsumerName, clock: systemClock }
  const { signal } = new AbortController()
  // On two cores, the storm has them to itself; a queue holds what it brings.
  await setHandling(handling, 'Disabled', signal)
  const sqs = await failingSqs(local.sqs.endpoint)
  onTestFinished(sqs.stop)
  const { url, seen, told, lines } = await stormyReceiver(local, sqs, test)

  const texts = Array.from({ length: deliveries }, (_, index) => notification(index))
  const failsAt = texts[deliveries / 4]
  const outage = async () => {
    sqs.state = 'refuses'
    await sleep(outageMs / 2)
    sqs.state = 'hangs'
    await sleep(outageMs / 2)
    sqs.state = 'well'
  }
  let ended: Promise<void> | undefined
  const { answers, seconds } = await storm(texts, (text) => {
    if (text === failsAt) ended = outage()
    return deliver({ url, clientId: local.clientId, signingKey: local.signingKey }, text)
  })
  await ended

  const accepted = texts.filter((text) => answers.get(text)?.status === 200)
  const refused = texts.filter((text) => answers.get(text)?.status === 503)
  process.stdout.write(
    `${deliveries} deliveries in ${seconds.toFixed(0)} s: ${JSON.stringify({ ...seen, ...told, failedCalls: sqs.failed })}\n`,
  )
  expect(accepted.length + refused.length).toBe(deliveries)
  expect({ answered: accepted.length, refused: refused.length }).toEqual({
    answered: seen.reached,
    refused: seen.throttled,
  })
  // Each process found out once that SQS fails, and tried the table first from then on.
  expect(sqs.failed).toBeGreaterThan(0)
  expect(sqs.failed).toBeLessThanOrEqual(concurrency * clientDefaults.maxAttempts)
  expect(told['put-aside']).toBeGreaterThan(concurrency)
  expect((told.accepted ?? 0) + (told['put-aside'] ?? 0)).toBe(accepted.length)

  await setHandling(handling, 'Enabled', signal)
  await vi.waitFor(
    async () => expect(await local.keeper.invoke({ bringIn: true })).toMatchObject({ left: 0 }),
    {
      timeout: 200_000,
      interval: 500,
    },
  )
  await local.settled(300_000)
  const idOf = (text: string) => readEnvelope(text).eventId
  expect(accepted.filter((text) => runs.get(idOf(text)) !== 1)).toEqual([])
  expect(refused.filter((text) => runs.has(idOf(text)))).toEqual([])
  expect(runs.size).toBe(accepted.length)
  expectAlarms([...lines, ...local.lines], [...answers.values()])
})

/** Each delivery that was refused is counted, and falls into an alarm that is on; without one, there is no alarm at all. */
function expectAlarms(lines: readonly LocalLine[], answers: readonly Answered[]): void {
  const names = (some: readonly Answered[]) => stormAlarms(lines, some).alarms.map(({ name }) => name)
  const refused = answers.filter(({ status }) => status !== 200)
  const accepted = answers.filter(({ status }) => status === 200)
  const { alarms, counted, minuteOf } = stormAlarms(lines, answers)
  expect(names(answers)).toEqual(refused.length > 0 ? ['LostDeliveries'] : [])
  expect(counted).toBe(refused.length)
  const isHeard = (minute: number) =>
    alarms.some(
      ({ fromMinute, untilMinute = Number.POSITIVE_INFINITY }) =>
        fromMinute <= minute && minute < untilMinute,
    )
  expect(refused.filter((each) => !isHeard(minuteOf(each)))).toEqual([])
  // Whatever was refused on this machine: the accepted ones raise nothing, and one that is refused is heard among them.
  expect(names(accepted)).toEqual([])
  const [first] = accepted
  expect(names([...accepted.slice(1), { atEpochMs: first?.atEpochMs ?? 0, status: 503 }])).toEqual([
    'LostDeliveries',
  ])
}
