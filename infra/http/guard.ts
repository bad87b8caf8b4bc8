import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { isSameSecret } from './access-token.ts'

/**
 * They say whom a server of this machine lets pass. But for what is open, a page of another origin never passes, nor a call by
 * another name than this machine's.
 */
export interface GuardRules {
  /** A longer body is answered with 413, and nothing of it is kept. */
  maxBodyBytes: number
  /** A call has to be signed with this AWS access key id. @default any call may come */
  accessKeyId?: string
  /** Whether the server has a page of its own, which may call it. @default false: no page may */
  hasPage?: boolean
  /** Lets a request in from anywhere, such as one through a tunnel: only its body is bounded. @default none */
  isOpen?(request: IncomingMessage): boolean
}

interface Refusal {
  status: 403 | 413
  code: 'AccessDeniedException' | 'RequestEntityTooLargeException'
  message: string
}

/** Requests come in by these events of a server. The last two hand over the socket instead of a response. */
const asking = ['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect']

/**
 * Puts the guard in front of all that listens to this server, whenever it began to, and returns the server. A web page in a
 * browser of this machine can send requests to every port: it is known by `Origin` and `Sec-Fetch-Site`, which it cannot
 * leave out, and by the name in `Host` when its own name was made to lead here (DNS rebinding).
 */
export function guarded<S extends Server>(server: S, rules: GuardRules): S {
  const pass = server.emit.bind(server) as (event: string, ...given: unknown[]) => boolean
  function guardedEmit(event: string, ...given: unknown[]): boolean {
    if (!asking.includes(event)) return pass(event, ...given)
    const [request, answer] = given as [IncomingMessage, ServerResponse | Duplex]
    const refusal = refusalOf(request, rules)
    if (refusal) {
      if ('writeHead' in answer) refuse(answer, refusal)
      else refuseSocket(answer)
      return true
    }
    if ('writeHead' in answer) boundBody(request, answer, rules)
    return pass(event, ...given)
  }
  server.emit = guardedEmit as Server['emit']
  // Without a listener, Node breaks the connection off.
  server.on('connect', (_, socket) => refuseSocket(socket))
  return server
}

/** Returns the names by which this machine's clients call a server: `127.0.0.1:3000`, `localhost:3000`. */
export function ownHosts(port: number): string[] {
  return ['127.0.0.1', 'localhost'].map((name) => new URL(`http://${name}:${port}`).host)
}

function refusalOf(request: IncomingMessage, rules: GuardRules): Refusal | undefined {
  const { accessKeyId, hasPage = false, isOpen, maxBodyBytes } = rules
  const { headers, socket } = request
  if (!isOpen?.(request)) {
    const hosts = ownHosts(socket.localPort ?? 0)
    const host = headers.host?.toLowerCase() ?? ''
    if (!hosts.includes(host))
      return forbidden(`This is http://${hosts[0]}, and has no other name than that and localhost.`)
    if (!hasPage && isOfAnyPage(request)) return forbidden('No web page may ask for this.')
    if (hasPage && !isOfOwnPage(request, host))
      return forbidden('No page of another origin may ask for this: type the URL into the address bar.')
    if (accessKeyId !== undefined && !isSignedWith(request, accessKeyId)) return forbidden(otherKey)
  }
  return Number(headers['content-length'] ?? 0) > maxBodyBytes ? tooLarge(maxBodyBytes) : undefined
}

const otherKey =
  'The access key is not that of this run. Take `aws.credentials` of its running.json, or what `startLocal` returns for clients.'

function isOfAnyPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}

/** Whether a page of this server asks, or somebody who typed the address, or no browser at all. */
function isOfOwnPage({ headers, method }: IncomingMessage, host: string): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined && origin !== `http://${host}`) return false
  return site === undefined || site === 'same-origin' || (site === 'none' && method === 'GET')
}

/**
 * Looks into the header alone: a call that carries its key in the URL or in a form, such as a presigned URL, is none of our
 * clients'.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
function isSignedWith({ headers }: IncomingMessage, accessKeyId: string): boolean {
  const [, given] = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(headers.authorization ?? '') ?? []
  return given !== undefined && isSameSecret(given, accessKeyId)
}

function forbidden(message: string): Refusal {
  return { status: 403, code: 'AccessDeniedException', message }
}

function tooLarge(maxBodyBytes: number): Refusal {
  const message = `Request Entity Too Large: a body holds at most ${maxBodyBytes} bytes here.`
  return { status: 413, code: 'RequestEntityTooLargeException', message }
}

/** Answers in the form that the SDK takes for an error of AWS, whichever the protocol. Node throws away what still comes. */
function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-amzn-errortype': code,
    })
    .end(JSON.stringify({ __type: code, message }))
}

function refuseSocket(socket: Duplex): void {
  socket.on('error', () => {})
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

/**
 * Counts a body that does not say its length. What comes after `maxBodyBytes` is thrown away, and so is the end, so that
 * nobody takes a part for the whole.
 */
function boundBody(request: IncomingMessage, response: ServerResponse, { maxBodyBytes }: GuardRules): void {
  if (request.headers['transfer-encoding'] === undefined) return
  const push = request.push.bind(request)
  let bytes = 0
  request.push = (chunk: Buffer | null, encoding) => {
    bytes += chunk?.length ?? 0
    if (bytes <= maxBodyBytes) return push(chunk, encoding)
    if (!response.headersSent) refuse(response, tooLarge(maxBodyBytes))
    return true
  }
}
