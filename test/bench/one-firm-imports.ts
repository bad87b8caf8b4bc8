/** `node infra/cli/on-node24.mjs test/bench/one-firm-imports.ts --help`: how long other firms wait while one imports. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLocal } from '../../infra/local/start-local.ts'
import { percentile } from '../../infra/operate/percentile.ts'
import { defaults } from '../../infra/settings/settings-schema.ts'
import { dateToTicks } from '../../shared/event/ticks.ts'
import { on } from '../../shared/webhooks.ts'
import { guid, notification } from './notifications.ts'

const usage = `node infra/cli/on-node24.mjs test/bench/one-firm-imports.ts [options]

Starts the local run with 20 firms. One of them imports contacts, and each of the others has an event every few seconds. Shows how
long the events of the others take from their delivery to the start of their handler, before the import and during it.

  --import N       contacts that the one firm imports (5000)
  --rate N         contacts a second that are delivered (200)
  --handler-ms N   how long a handler takes for an event (200)
  --concurrency N  batches at once, as \`maxConcurrency\` (${defaults.maxConcurrency})
  --every N        seconds between two events of one of the other firms (5; the issue's case is 60)
  --firms N        firms (20)`

const { values } = parseArgs({
  options: {
    import: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '200' },
    'handler-ms': { type: 'string', default: '200' },
    concurrency: { type: 'string', default: String(defaults.maxConcurrency) },
    every: { type: 'string', default: '5' },
    firms: { type: 'string', default: '20' },
    help: { type: 'boolean' },
  },
})
if (values.help) console.log(usage)
else
  await measure({
    contacts: Number(values.import),
    rate: Number(values.rate),
    handlerMs: Number(values['handler-ms']),
    concurrency: Number(values.concurrency),
    everyMs: Number(values.every) * 1000,
    others: Number(values.firms) - 1,
  })

interface Options {
  contacts: number
  rate: number
  handlerMs: number
  concurrency: number
  everyMs: number
  others: number
}

interface Event {
  isOfImport: boolean
  deliveredMs: number
  startedMs?: number
}

async function measure(options: Options): Promise<void> {
  const events = new Map<string, Event>()
  const handler = on('contact.*', { name: 'measured' }, async (event) => {
    const seen = events.get((event.payload as { id: string }).id)
    if (seen) seen.startedMs ??= performance.now()
    await sleep(options.handlerMs)
  })
  const local = await startLocal({ handlers: [handler], concurrency: options.concurrency })
  try {
    const deliver = async (accountId: string, nth: string, isOfImport: boolean) => {
      const id = guid(nth)
      events.set(id, { isOfImport, deliveredMs: performance.now() })
      const ticks = dateToTicks(new Date())
      const { status } = await local.deliver(notification({ type: 'contact.created', accountId, id, ticks }))
      if (status !== 200) throw new Error(`A delivery was answered with ${status}.`)
    }
    await phases(options, { events, deliver })
  } finally {
    await local.stop()
  }
}

interface Pipeline {
  events: Map<string, Event>
  deliver(accountId: string, nth: string, isOfImport: boolean): Promise<void>
}

/** Twice the interval without an import, then the import until each of its events has been begun. */
async function phases(options: Options, { events, deliver }: Pipeline): Promise<void> {
  const stopping = new AbortController()
  const others = Promise.all(
    Array.from({ length: options.others }, (_, firm) => otherFirm(options, firm, deliver, stopping.signal)),
  )
  await sleep(2 * options.everyMs)
  const importMs = performance.now()
  await importContacts(options, deliver)
  const deliveredMs = performance.now()
  const isWaiting = ({ isOfImport, startedMs }: Event) => isOfImport && startedMs === undefined
  while ([...events.values()].some(isWaiting)) await sleep(200)
  const doneMs = performance.now()
  stopping.abort()
  await others
  while ([...events.values()].some(({ startedMs }) => startedMs === undefined)) await sleep(200)
  const ofOthers = [...events.values()].filter(({ isOfImport }) => !isOfImport)
  const perSecond = (ms: number) => ((options.contacts * 1000) / ms).toFixed(0)
  console.log(`${options.contacts} contacts: delivered at ${perSecond(deliveredMs - importMs)} a second`)
  console.log(`handled at ${perSecond(doneMs - importMs)} a second, in ${seconds(doneMs - importMs)}`)
  tell(
    'others, before the import',
    ofOthers.filter((each) => each.deliveredMs < importMs),
  )
  const during = ofOthers.filter((each) => each.deliveredMs >= importMs && each.deliveredMs < doneMs)
  tell('others, during the import', during)
}

async function otherFirm(
  { everyMs, others }: Options,
  firm: number,
  deliver: Pipeline['deliver'],
  signal: AbortSignal,
): Promise<void> {
  await sleep((everyMs * firm) / others)
  for (let nth = 0; !signal.aborted; nth++) {
    await deliver(`firm-${firm + 2}`, `firm ${firm} event ${nth}`, false)
    await sleep(everyMs, undefined, { signal }).catch(() => {})
  }
}

async function importContacts({ contacts, rate }: Options, deliver: Pipeline['deliver']): Promise<void> {
  const startMs = performance.now()
  let next = 0
  const sender = async () => {
    while (next < contacts) {
      const nth = next++
      await sleep(Math.max(startMs + (nth * 1000) / rate - performance.now(), 0))
      await deliver('firm-1', `contact ${nth}`, true)
    }
  }
  await Promise.all(Array.from({ length: 8 }, sender))
}

function tell(who: string, events: readonly Event[]): void {
  const waits = events.map(({ deliveredMs, startedMs = 0 }) => startedMs - deliveredMs).sort((a, b) => a - b)
  const at = (percent: number) => seconds(percentile(waits, percent))
  console.log(`${who}: ${events.length} events, p50 ${at(50)}, p95 ${at(95)}, longest ${at(100)}`)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`
}
