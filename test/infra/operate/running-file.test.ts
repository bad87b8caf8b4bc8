import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { readRunning, removeRunning, writeRunning } from '../../../infra/operate/running-file.ts'
import { runOn, terminal } from '../../../infra/terminal/terminal.ts'
import { startCommand } from '../cli/in-process.ts'

let LOCAL_STATE_DIR = ''
const here = <T>(act: () => T): T => runOn({ ...terminal(), env: { LOCAL_STATE_DIR } }, act)
const file = () => join(LOCAL_STATE_DIR, 'running.json')

beforeEach(async () => {
  LOCAL_STATE_DIR = await mkdtemp(join(tmpdir(), 'smokeball-running-'))
  onTestFinished(() => rm(LOCAL_STATE_DIR, { recursive: true }))
})

it('finds a run that is there, and none that is gone, whose file and process stay', async () => {
  const local = await startLocal({ handlers: [] })
  onTestFinished(local.stop)
  here(() => writeRunning(local))
  expect(await here(readRunning)).toMatchObject({ url: local.url, runId: local.runId, pid: process.pid })

  await local.stop()
  expect(await here(readRunning)).toBeUndefined()
  const { code, stderr } = await startCommand('send', ['matter.updated'], { env: { LOCAL_STATE_DIR } }).ended
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('No local run was found. Start one with: npm start'),
  ])
})

it.for([
  ['answers with another id', (running: { url: string }) => ({ ...running, runId: 'another' })],
  ['has no id', ({ url }: { url: string }) => ({ url })],
] as const)('does not take for its run one that %s', async ([, change]) => {
  const local = await startLocal({ handlers: [] })
  onTestFinished(local.stop)
  here(() => writeRunning(local))
  await writeFile(file(), JSON.stringify(change(JSON.parse(await readFile(file(), 'utf8')))))
  expect(await here(readRunning)).toBeUndefined()
})

it.for(['{"status":"ready"}', '{"status":"ready","run":7}', 'null', '<html>', ''])(
  'does not take for a run what listens on its port now, and answers %j',
  async (body) => {
    const local = await startLocal({ handlers: [] })
    onTestFinished(local.stop)
    here(() => writeRunning(local))
    await local.stop()
    const asked: string[] = []
    const other = createServer((request, response) => {
      asked.push(`${request.url}`)
      response.end(body)
    })
    await listen(other, Number(new URL(local.url).port))
    onTestFinished(() => close(other))
    expect(await here(readRunning)).toBeUndefined()
    expect(asked).toEqual(['/health'])
  },
)

it('takes its own file away, and not that of a later run', async () => {
  const [first, second] = await Promise.all([startLocal({ handlers: [] }), startLocal({ handlers: [] })])
  for (const local of [first, second]) onTestFinished(local.stop)
  here(() => writeRunning(first))
  here(() => writeRunning(second))
  here(() => removeRunning(first))
  expect(await here(readRunning)).toMatchObject({ runId: second.runId })
  here(() => removeRunning(second))
  expect(await here(readRunning)).toBeUndefined()
  await expect(readFile(file())).rejects.toThrow('ENOENT')
})
