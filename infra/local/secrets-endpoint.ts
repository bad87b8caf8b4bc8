import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** Where the secrets are kept: name → value. What is not there answers as in an account that lacks it. */
export type Secrets = Map<string, string>

/**
 * The one call of Secrets Manager that the functions make, `GetSecretValue`, in the JSON 1.1 protocol.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export function secretsEndpoint(secrets: Secrets): Server {
  return createServer((request, response) => {
    void answer(request, response, secrets)
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, secrets: Secrets): Promise<void> {
  const body = await text(request)
  if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
    return refuse(response, 'InvalidAction', 'Only GetSecretValue is there locally.')
  }
  const name = secretId(body)
  const value = secrets.get(name)
  if (value === undefined) {
    return refuse(response, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  }
  send(response, 200, {
    ARN: `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}`,
    Name: name,
    SecretString: value,
    VersionId: 'local',
    VersionStages: ['AWSCURRENT'],
  })
}

function secretId(body: string): string {
  try {
    return String((JSON.parse(body) as { SecretId?: unknown }).SecretId)
  } catch {
    return ''
  }
}

function refuse(response: ServerResponse, type: string, message: string): void {
  send(response, 400, { __type: type, message })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}
