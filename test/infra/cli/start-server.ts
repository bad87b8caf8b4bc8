import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { close, listen } from '../../../infra/http/listen.ts'

export interface Reply {
  status: number
  headers?: Record<string, string>
  body: string
}

/** An HTTP server that answers AWS clients: `reply` is told the `X-Amz-Target`, where there is one, and the body. */
export async function startServer(
  reply: (target: string | undefined, body: string) => Reply,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const {
        status,
        headers,
        body: answer,
      } = reply(request.headers['x-amz-target'] as string | undefined, body)
      response.writeHead(status, headers).end(answer)
    })
  })
  const url = await listen(server, 0)
  return { url, stop: () => close(server) }
}
