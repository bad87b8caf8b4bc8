import { expect, it, onTestFinished } from 'vitest'
import { startLocal } from '#webhooks/testing'
import { newToken } from '../../../infra/http/access-token.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { httpFront } from '../../../infra/local/http-front.ts'
import { lineRecord } from '../../../infra/local/line-record.ts'
import { localConsole } from '../../../infra/local/local-console.ts'

it('says that the console could not be loaded, and loads it for the next one that asks', async () => {
  const local = await startLocal({ handlers: [] })
  onTestFinished(local.stop)
  let isReady = false
  const record = lineRecord()
  const token = newToken()
  const console = localConsole({
    ...{ token, record, pageFolder: undefined },
    local() {
      if (isReady) return local
      throw new Error('not started yet')
    },
  })
  onTestFinished(console.stop)
  const front = httpFront(async () => ({ statusCode: 200 }), 'run', console.answer)
  onTestFinished(() => close(front))
  const url = `${await listen(front)}/console?token=${token}`
  const failed = await fetch(url)
  expect([failed.status, await failed.text()]).toEqual([
    500,
    'The console could not be loaded. The terminal of npm start shows why; try it again.\n',
  ])
  const told = record.lines.map(({ source, level, message }) => [source, level, message])
  expect(told).toEqual([
    [
      'local',
      'error',
      expect.stringMatching(/^The console could not be loaded\. Error: not started yet\n {4}at /),
    ],
  ])
  isReady = true
  expect((await fetch(url)).status).toBe(200)
  expect(record.lines).toHaveLength(1)
})
