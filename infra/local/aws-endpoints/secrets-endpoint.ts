import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { AwsRefusal } from './aws-refusal.ts'
import type { Secrets } from './secrets.ts'
import { type SecretsRequest, secretsCalls } from './secrets-calls.ts'

/**
 * Secrets Manager's calls in the JSON 1.1 protocol, as far as the functions and the command line make them.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export function secretsEndpoint(secrets: Secrets): Server {
  return createServer((request, response) => {
    answer(request, response, secrets).catch(() => response.destroy())
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, secrets: Secrets): Promise<void> {
  const body = await text(request)
  try {
    send(response, 200, called(secrets, request.headers['x-amz-target'], body))
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error
    send(response, error.status, { __type: error.code, message: error.message })
  }
}

function called(secrets: Secrets, target: string | string[] | undefined, body: string): object {
  const name = String(target).replace(/^secretsmanager\./, '')
  const call = Object.hasOwn(secretsCalls, name) ? secretsCalls[name] : undefined
  if (call) return call(secrets, parsed(body))
  throw new AwsRefusal('InvalidAction', `Only ${Object.keys(secretsCalls).join(', ')} are there locally.`)
}

function parsed(body: string): SecretsRequest {
  try {
    return JSON.parse(body) as SecretsRequest
  } catch {
    throw new AwsRefusal('SerializationException', 'The body is not JSON.')
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}
