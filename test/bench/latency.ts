/** `node infra/cli/on-node24.mjs test/bench/latency.ts --help`: how soon handlers start, and how fast waiting events are worked off. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { startLocal } from '../../infra/local/start-local.ts'
import { setHandling } from '../../infra/operate/handling.ts'
import type { LocalLine } from '../../infra/operate/log-lines.ts'
import { percentile } from '../../infra/operate/percentile.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { receivedMessage } from './consumer-input.ts'
import { contactNotification, guid } from './notifications.ts'

const usage = `node infra/cli/on-node24.mjs test/bench/latency.ts [options]

Starts the local run, with handlers in processes of their own, and shows how long events of 1 KB take from their delivery to the
start of their handler: one by one, and at a rate. Then lets events wait in the queue while handling is paused, and shows in what
time they are worked off.

  --single N       events one by one (300)
  --rate N         deliveries a second (200)
  --seconds N      for so long (10)
  --waiting N      events that wait in the queue (10000)
  --concurrency N  batches at once (4, the local run's)

For a profile of the process that holds front, queues and table, start it by Node itself: node --cpu-prof test/bench/latency.ts`

const { values } = parseArgs({
  options: {
    single: { type: 'string', default: '300' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    waiting: { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '4' },
    help: { type: 'boolean' },
  },
})
const given = Object.entries(values).filter(([name]) => name !== 'help')
const wrong = given.find(([, value]) => !/^[1-9]\d{0,6}$/.test(String(value)))
if (values.help) console.log(usage)
else if (wrong) {
  console.error(`--${wrong[0]} ${wrong[1]}: give a whole number from 1.`)
  process.exitCode = 2
} else
  await measure({
    single: Number(values.single),
    rate: Number(values.rate),
    deliveries: Number(values.rate) * Number(values.seconds),
    waiting: Number(values.waiting),
    concurrency: Number(values.concurrency),
  })

interface Options {
  single: number
  rate: number
  deliveries: number
  waiting: number
  concurrency: number
}

type Local = Awaited<ReturnType<typeof startLocal>>

async function measure(options: Options): Promise<void> {
  const starts = startsOfHandlers()
  const local = await startLocal({
    handlers: new URL('latency-handlers.ts', import.meta.url),
    concurrency: options.concurrency,
    onLine: starts.see,
  })
  const deliver = async (nth: string) => {
    const id = guid(nth)
    const sentMs = nowMs()
    const ticks = epochMsToTicks(Date.now())
    const { status } = await local.deliver(contactNotification(1024, { id, ticks }))
    if (status !== 200) throw new Error(`A delivery was answered with ${status}.`)
    return (await starts.of(id)) - sentMs
  }
  try {
    // Processes start, and code is compiled.
    await atRate(50, 400, (nth) => deliver(`warm ${nth}`))
    const single: number[] = []
    for (let nth = 0; nth < options.single; nth++) single.push(await deliver(`single ${nth}`))
    tell(`one by one, ${single.length} events`, single)
    const many = await atRate(options.rate, options.deliveries, (nth) => deliver(`rate ${nth}`))
    tell(`${options.rate} a second, ${many.length} events`, many)
    await drain(local, options.waiting, starts)
  } finally {
    await local.stop()
  }
}

/** When the handler of each event started, by the event's resource. */
function startsOfHandlers() {
  const all = new Map<string, PromiseWithResolvers<number>>()
  const entry = (id: string) => {
    const known = all.get(id) ?? Promise.withResolvers<number>()
    all.set(id, known)
    return known
  }
  return {
    see({ message }: LocalLine) {
      const [, id, startedMs] = /^started (\S+) (\S+)$/.exec(String(message)) ?? []
      if (id) entry(id).resolve(Number(startedMs))
    },
    of: (id: string) => entry(id).promise,
  }
}

/** Starts `work` so often a second, whatever earlier ones do. */
async function atRate(
  rate: number,
  count: number,
  work: (nth: number) => Promise<number>,
): Promise<number[]> {
  const begin = performance.now()
  const all: Promise<number>[] = []
  for (let nth = 0; nth < count; nth++) {
    await sleep(Math.max(0, begin + (nth * 1000) / rate - performance.now()))
    all.push(work(nth))
  }
  return Promise.all(all)
}

/** Fills the queue while handling is paused, and then lets it be worked off. */
async function drain(
  local: Local,
  count: number,
  starts: ReturnType<typeof startsOfHandlers>,
): Promise<void> {
  const lambda = new LambdaClient(local.lambda)
  const handling = { lambda, consumerName: local.outputs.ConsumerName ?? '', clock: systemClock }
  const signal = new AbortController().signal
  await setHandling(handling, 'Disabled', signal)
  const ids = Array.from({ length: count }, (_, nth) => guid(`waiting ${nth}`))
  await fillQueue(local, ids)
  const begin = nowMs()
  await setHandling(handling, 'Enabled', signal)
  const last = Math.max(...(await Promise.all(ids.map(starts.of))))
  const seconds = (last - begin) / 1000
  console.log(
    `${count} waiting events: worked off in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} a second`,
  )
  lambda.destroy()
}

async function fillQueue(local: Local, ids: readonly string[]): Promise<void> {
  const sqs = new SQSClient(local.sqs)
  for (let from = 0; from < ids.length; from += 10) {
    const Entries = ids.slice(from, from + 10).map((id, index) => {
      const { body, attributes } = receivedMessage(contactNotification(1024, { id }))
      return {
        Id: String(index),
        MessageBody: body,
        MessageGroupId: id,
        MessageDeduplicationId: id,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [
            name,
            { DataType: 'String', StringValue },
          ]),
        ),
      }
    })
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: local.queueUrl, Entries }))
  }
  sqs.destroy()
}

function tell(what: string, waits: readonly number[]): void {
  const sorted = waits.toSorted((one, other) => one - other)
  const at = (percent: number) => `p${percent} ${percentile(sorted, percent).toFixed(1)} ms`
  console.log(`${what}: ${at(50)}, ${at(99)}, longest ${percentile(sorted, 100).toFixed(0)} ms`)
}

function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
