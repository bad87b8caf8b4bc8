import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'

export interface RecordedCalls {
  /** In place of the world's. */
  env: Record<string, string>
  /** `DynamoDB GetItem`, as they came. */
  calls: string[]
}

/**
 * Stands between commands and a world's engines, passes each call on, and records it. `before` is waited for: it is told the
 * call, and how many of its name came earlier.
 */
export async function recordedCalls(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  env: Record<string, string>,
  before: (call: string, earlier: number) => Promise<void> = async () => {},
): Promise<RecordedCalls> {
  const calls: string[] = []
  const between = async (name: string, endpoint: string) => {
    const server = createServer(async (request, response) => {
      const body = await buffer(request)
      const call = `${name} ${callOf(request, body)}`
      const earlier = calls.filter((each) => each === call).length
      calls.push(call)
      await before(call, earlier)
      const headers = Object.entries(request.headers).filter(
        ([header]) => !/^(host|connection|content-length)$/.test(header),
      )
      const answer = await fetch(endpoint + request.url, {
        ...{ method: request.method ?? 'POST', headers: headers as [string, string][] },
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      })
      const type = answer.headers.get('content-type') ?? 'text/plain'
      response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()))
    })
    const url = await listen(server, 0)
    onTestFinished(() => close(server))
    return url
  }
  const prefix = 'AWS_ENDPOINT_URL_'
  const endpoints = Object.entries(env).filter(([name]) => name.startsWith(prefix))
  const changed = endpoints.map(
    async ([name, endpoint]) => [name, await between(name.slice(prefix.length), endpoint)] as const,
  )
  return { env: Object.fromEntries(await Promise.all(changed)), calls }
}

function callOf({ method, headers, url }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.split('.').at(-1) ?? ''
  return /Action=(\w+)/.exec(body.toString())?.[1] ?? `${method} ${url}`
}
