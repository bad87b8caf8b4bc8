import { createServer } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { close, listen } from '../../infra/local/listen.ts'
import { openCalls } from '../../infra/local/open-calls.ts'

it('waits for what is worked on for callers that have gone, and not for requests that never came', async () => {
  let isDone = false
  const server = createServer((request, response) => {
    request.resume().once('end', async () => {
      await sleep(100)
      isDone = true
      response.end()
    })
  })
  const calls = openCalls(server)
  const url = await listen(server)
  onTestFinished(() => close(server))
  await calls.answered()
  const gone = fetch(url, { signal: AbortSignal.timeout(30) })
  await expect(gone).rejects.toThrow(/timeout/)
  const half = connect(Number(new URL(url).port), '127.0.0.1')
  half.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
  await sleep(10)
  half.destroy()
  expect(isDone).toBe(false)
  const startEpochMs = Date.now()
  await calls.answered()
  expect(isDone).toBe(true)
  expect(Date.now() - startEpochMs).toBeLessThan(900)
})
