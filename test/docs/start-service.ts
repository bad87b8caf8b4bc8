import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'vitest'
import { close, listen } from '../../infra/http/listen.ts'
import { parseLossless } from '../../shared/event/lossless-json.ts'

export interface Called {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  body: any
  /** The body as it came. */
  text: string
}

/** A status to answer with, what to answer, or `lost`: it did what it was asked, and its answer does not arrive. */
export type Reply = number | 'lost' | { status?: number; headers?: Record<string, string>; json?: unknown }

/**
 * A service that answers as told, request by request, and 200 when nothing is told any more. A key for idempotency that
 * comes again with another body is answered 422, whatever was told.
 */
export async function startService(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  reply: Reply[] | ((called: Called) => Reply) = [],
): Promise<{ url: string; called: Called[] }> {
  const called: Called[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const body = await text(request)
    const call = { method, url, headers, body: body && parseLossless(body), text: body }
    const told = typeof reply === 'function' ? reply(call) : (reply[called.length] ?? 200)
    const next = called.some((before) => isOtherOfKey(before, call)) ? 422 : told
    called.push(call)
    if (next === 'lost') return void request.socket.destroy()
    const { status = 200, headers: more, json = {} } = typeof next === 'number' ? { status: next } : next
    response.writeHead(status, more).end(JSON.stringify(json))
  })
  const url = await listen(server)
  onTestFinished(() => close(server))
  return { url, called }
}

/** Whether these have the same key, and not the same body. */
function isOtherOfKey(before: Called, call: Called): boolean {
  const key = call.headers['idempotency-key']
  return key !== undefined && before.headers['idempotency-key'] === key && before.text !== call.text
}
