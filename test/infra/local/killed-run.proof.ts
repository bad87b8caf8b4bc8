import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { deliver } from '../../../infra/operate/send/deliver.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'

interface Run {
  process: ChildProcess
  url: string
  clientId: string
  signingKey: string
  requestIdKey: string
}

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-killed-'))
  const startLocal = fileURLToPath(new URL('../../../infra/local/start-local.ts', import.meta.url))
  await writeFile(
    join(folder, 'run.mts'),
    `import { createRequire } from 'node:module'
    const { GetQueueAttributesCommand, SQSClient } = createRequire(${JSON.stringify(startLocal)})('@aws-sdk/client-sqs')
    const { startLocal } = await import(${JSON.stringify(startLocal)})
    const local = await startLocal({ handlers: '${join(folder, 'handlers.ts')}', data: '${join(folder, 'data')}', consumerTimeoutMs: 2_000 })
    const { url, clientId, signingKey, requestIdKey } = local
    process.on('message', async () => {
      await local.settled(50_000)
      const sqs = new SQSClient(local.sqs)
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: local.deadLetterQueueUrl, AttributeNames: ['All'] }))
      process.send({ deadLetters: Attributes.ApproximateNumberOfMessages, lines: local.lines })
      sqs.destroy()
      await local.stop()
      process.disconnect()
    })
    process.send({ url, clientId, signingKey, requestIdKey })`,
  )
  // Slow ones, of which one fails at first and is put off.
  await writeFile(
    join(folder, 'handlers.ts'),
    `import { appendFileSync } from 'node:fs'
    import { on } from '#webhooks'
    export default [on('contact.updated', { name: 'slow' }, async ({ resource, attempt }) => {
      appendFileSync('${join(folder, 'begun')}', resource.id + '\\n')
      if (resource.id === 'c0' && attempt === 1) throw new Error('not yet')
      await new Promise((resolve) => setTimeout(resolve, 150))
      appendFileSync('${join(folder, 'done')}', resource.id + '\\n')
    })]`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

async function start(): Promise<Run> {
  const child = fork(join(folder, 'run.mts'), { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [told] = (await once(child, 'message')) as [Omit<Run, 'process'>]
  return { process: child, ...told }
}

const idsIn = (name: string): Set<string> =>
  new Set(readFileSync(join(folder, name), { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean))

const contact = (id: string) =>
  `{"accountId":"a","subscriptionId":"s","type":"contact.updated","source":"API","payload":{"id":"${id}"},"timestamp":${dateToTicks(new Date())}}`

it('handles after a SIGKILL whatever was accepted before it, and keeps its keys', async () => {
  const first = await start()
  const ids = Array.from({ length: 27 }, (_, at) => `c${at}`)
  const answers = await Promise.all([
    ...ids.map((id) => deliver(first, contact(id))),
    deliver(first, 'no notification'),
  ])
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  await expect.poll(() => idsIn('done').size, { interval: 5, timeout: 20_000 }).toBeGreaterThan(3)
  first.process.kill('SIGKILL')
  await once(first.process, 'exit')
  expect(idsIn('done').size).toBeLessThan(27)

  const second = await start()
  const { clientId, signingKey, requestIdKey } = first
  expect(second).toMatchObject({ clientId, signingKey, requestIdKey })
  expect((await deliver({ ...first, url: second.url }, contact('later'))).status).toBe(200)
  second.process.send('settle')
  const [{ deadLetters, lines }] = await once(second.process, 'message')
  expect(idsIn('done')).toEqual(new Set([...ids, 'later']))
  expect(deadLetters).toBe('1')
  expect(JSON.stringify(lines)).toMatch(
    /"\d+ events of an earlier run are handled now\. Those that were in work when it ended follow once /,
  )
  expect((await stat(join(folder, 'data/secrets.json'))).mode & 0o777).toBe(0o600)
  expect(await readFile(join(folder, 'data/secrets.json'), 'utf8')).toContain(signingKey)
})
