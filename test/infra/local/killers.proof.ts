import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startLocal } from '../../../infra/local/start-local.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'

/** What a handler may do to the process that it runs in. */
const killers = {
  'a promise that nobody awaits': `void Promise.reject(new Error('nobody awaits it'))`,
  'an exception in a timer': `await new Promise((resolve) => {
      setTimeout(() => { resolve(); throw new Error('in a timer') }, 5)
    })`,
  'process.exit': 'process.exit(3)',
  'too much memory': `v8.setFlagsFromString('--max-old-space-size=40')
    const all = []
    for (;;) all.push(new Array(1e5).fill({}))`,
}
const endsTheProcess = ['process.exit', 'too much memory']

/** Each run of a handler is a line of this file, written before anything can happen. */
function handlersText(file: string, killer: string): string {
  return `import { appendFileSync } from 'node:fs'
import v8 from 'node:v8'
import { on } from '#webhooks'

export default [
  on('contact.updated', { name: 'h', order: 'every' }, async ({ resource }) => {
    appendFileSync(${JSON.stringify(file)}, resource.id + '\\n')
    void v8
    if (resource.id !== 'killer') return
    ${killer}
  }),
]
`
}

function notification(id: string, at: number): string {
  const ticks = dateToTicks(new Date(Date.now() + at))
  return `{"accountId":"firm","subscriptionId":"s","type":"contact.updated","payload":{"id":"${id}"},"timestamp":${ticks}}`
}

it.for(Object.keys(killers) as (keyof typeof killers)[])(
  '%s in a batch of ten costs the nine others one more run at most',
  { timeout: 180_000 },
  async (kind, { onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'smokeball-killers-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [begun, handlers] = [join(folder, 'begun.txt'), join(folder, 'handlers.ts')]
    await writeFile(handlers, handlersText(begun, killers[kind]))
    // Messages are hidden six times as long as an invocation may take.
    const local = await startLocal({ handlers, consumerTimeoutMs: 1_500, concurrency: 1 })
    onTestFinished(local.stop)
    const innocents = Array.from({ length: 9 }, (_, at) => `innocent-${at}`)
    const ids = ['killer', ...innocents]
    await Promise.all(ids.map((id, at) => local.deliver(notification(id, at))))
    await local.settled(120_000)

    const runs = (await readFile(begun, 'utf8')).trim().split('\n')
    const timesOf = (id: string) => runs.filter((run) => run === id).length
    for (const id of innocents)
      expect([id, timesOf(id)]).toEqual([id, expect.toSatisfy((times) => times <= 2)])
    const ends = local.lines.flatMap(({ message }) =>
      typeof message === 'object' && 'event' in message ? [`${message.resource} ${message.event}`] : [],
    )
    for (const id of innocents) expect(ends).toContain(`firm|${id} handled`)
    expect(ends).toContain(`firm|killer ${endsTheProcess.includes(kind) ? 'dead-lettered' : 'handled'}`)
    const strays = local.lines.filter(
      ({ message }) => typeof message === 'object' && message.failure === 'stray' && message.running === 'h',
    )
    expect(strays.length).toBe(endsTheProcess.includes(kind) ? 0 : 1)
    const deaths = local.lines.filter(
      ({ source, level, message }) =>
        source === 'local' &&
        level === 'error' &&
        // Memory may take longer to run out than an invocation may take.
        /^consumer: (the process|an invocation) .*, while the handler h was running\n/.test(String(message)),
    )
    // The handler is named each time that it ends its process.
    expect(deaths.length).toBe(endsTheProcess.includes(kind) ? 4 : 0)
  },
)
