import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { close, listen } from '../../infra/http/listen.ts'

/** An SQS that can fail: it hands all calls on to another one as long as it is well. */
export interface FailingSqs {
  endpoint: string
  /** The URL of a queue of the other one, as clients of this one call it. */
  urlOf(queueUrl: string): string
  /** `refuses` answers 503 at once; `hangs` answers nothing, until it is well again: then it breaks these calls off. */
  state: 'well' | 'refuses' | 'hangs'
  /** How many calls it did not hand on. */
  readonly failed: number
  stop(): Promise<void>
}

export async function failingSqs(target: string): Promise<FailingSqs> {
  const agent = new Agent({ keepAlive: true })
  const hanging = new Set<ServerResponse>()
  let state: FailingSqs['state'] = 'well'
  let failed = 0

  const server = createServer((call, response) => {
    if (state === 'well') return handOn(call, response)
    failed += 1
    call.resume()
    if (state === 'hangs') hanging.add(response)
    else response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' }).end('{}')
  })

  function handOn(call: IncomingMessage, response: ServerResponse): void {
    const { method, url = '/', headers } = call
    const on = request(
      new URL(url, target),
      { agent, method, headers: { ...headers, host: new URL(target).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      },
    )
    on.on('error', () => response.destroy())
    call.pipe(on)
  }

  const endpoint = await listen(server)
  return {
    endpoint,
    urlOf: (queueUrl) => `${endpoint}${new URL(queueUrl).pathname}`,
    get state() {
      return state
    },
    set state(next) {
      state = next
      if (next === 'hangs') return
      for (const response of hanging) response.destroy()
      hanging.clear()
    },
    get failed() {
      return failed
    },
    async stop() {
      await close(server)
      agent.destroy()
    },
  }
}
