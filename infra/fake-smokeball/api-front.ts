import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { stringifyLossless } from '../../shared/event/lossless-json.ts'
import { guarded } from '../http/guard.ts'
import { type Answer, type Call, readCall } from './call.ts'
import { type CallRecord, callRecord } from './call-log.ts'
import type { Fault } from './fault.ts'
import type { Planned } from './planned.ts'
import { Problem } from './problem.ts'

interface Deps {
  /** First parts of paths that name no account. */
  roots: readonly string[]
  faults: Planned<Fault>
  log: CallRecord[]
  answer(call: Call): Promise<Answer>
}

const maxBodyBytes = 1024 * 1024

/**
 * The HTTP side: reads calls, logs them, lets those fail that are to fail, and writes answers. It asks for Smokeball's
 * credentials, which are made at random, and not for an access key: what is pasted from the terminal has them.
 */
export function apiFront(deps: Deps): Server {
  const server = createServer((request, response) => {
    // A client that goes away in the middle of its request hears nothing.
    serve(deps, request, response).catch(() => response.destroy())
  })
  return guarded(server, { maxBodyBytes })
}

async function serve(deps: Deps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const call = await readCall(request, deps.roots)
  const record = callRecord(call)
  deps.log.push(record)
  const fault = deps.faults.take(call)
  if (fault === 'lose-answer') await answerOrExplain(deps, call)
  if (typeof fault === 'string') {
    record.status = fault
    if (fault !== 'hang') request.socket.resetAndDestroy()
    return
  }
  const answer = fault ? faultAnswer(fault) : await answerOrExplain(deps, call)
  record.status = answer.status
  send(response, call, answer)
}

/** What breaks in here is told to whoever wrote the test, as Smokeball never would. */
async function answerOrExplain({ answer }: Deps, call: Call): Promise<Answer> {
  try {
    return await answer(call)
  } catch (error) {
    return new Problem(500, `The fake Smokeball failed: ${(error as Error).stack}`).answer()
  }
}

function faultAnswer({ status, retryAfter }: Exclude<Fault, string>): Answer {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return new Problem(status, 'This call was to fail.', { headers }).answer()
}

function send(response: ServerResponse, call: Call, { status, body, headers = {} }: Answer): void {
  const { requestid } = call.headers
  if (requestid !== undefined) response.setHeader('RequestId', requestid)
  if (body !== undefined) response.setHeader('content-type', 'application/json; charset=utf-8')
  response.writeHead(status, headers).end(body === undefined ? undefined : stringifyLossless(body))
}
