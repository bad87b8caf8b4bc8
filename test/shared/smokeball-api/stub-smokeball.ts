import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { close, listen } from '../../../infra/http/listen.ts'

/** `broken`: the connection ends without an answer. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'broken'

export interface Sent {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export interface StubSmokeball {
  url: string
  /** To be given in turn to calls of the API, then 200 with `{}`. */
  answers: Answer[]
  /** To be given in turn to requests of tokens, then new tokens, good for an hour. */
  tokenAnswers: Answer[]
  calls: Sent[]
  tokenRequests: Sent[]
  stop(): Promise<void>
}

/** Answers as it is told, on 127.0.0.1, and keeps what it was sent. */
export async function stubSmokeball(): Promise<StubSmokeball> {
  let tokens = 0
  const newToken = (): Answer => ({
    status: 200,
    body: { access_token: `access-token-${++tokens}`, expires_in: 3600, token_type: 'Bearer' },
  })
  const server: Server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const isToken = url === '/oauth2/token'
    const sent = { method, url, headers, body: await text(request) }
    ;(isToken ? stub.tokenRequests : stub.calls).push(sent)
    const answer = isToken
      ? (stub.tokenAnswers.shift() ?? newToken())
      : (stub.answers.shift() ?? { status: 200, body: {} })
    if (answer === 'broken') return request.socket.destroy()
    const { body } = answer
    response.writeHead(answer.status, answer.headers)
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
  const stub: StubSmokeball = {
    url: await listen(server),
    answers: [],
    tokenAnswers: [],
    calls: [],
    tokenRequests: [],
    stop: () => close(server),
  }
  return stub
}
