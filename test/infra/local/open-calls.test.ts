import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { openCalls } from '../../../infra/local/engines/engines.ts'

it('waits for what is worked on for callers that have gone, and not for requests that never came', async () => {
  const came = Promise.withResolvers<void>()
  const work = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    request.resume().once('end', async () => {
      came.resolve()
      await work.promise
      response.end()
    })
  })
  // Longer than this test may take.
  const calls = openCalls(server, 600_000)
  const url = await listen(server)
  onTestFinished(() => close(server))
  await calls.answered()

  const leaving = new AbortController()
  const gone = fetch(url, { signal: leaving.signal })
  await came.promise
  leaving.abort()
  await expect(gone).rejects.toThrow(/abort/)
  const half = connect(Number(new URL(url).port), '127.0.0.1')
  half.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  half.destroy()
  await new Promise((resolve) => request.once('close', resolve))

  let isAnswered = false
  const answered = calls.answered().then(() => {
    isAnswered = true
  })
  await sleep(20)
  expect(isAnswered).toBe(false)
  work.resolve()
  await answered
})
