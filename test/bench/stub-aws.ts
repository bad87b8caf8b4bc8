import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { close, listen } from '../../infra/http/listen.ts'
import { clientId, signingKey } from './delivery.ts'
import { localCredentials, operationOf, region } from './table-engine.ts'

/** What a call is answered; an `Error` refuses it, by its name. */
export type StubAnswer = (operation: string, input: Record<string, unknown>) => unknown

/**
 * SQS and Secrets Manager on 127.0.0.1, as far as the functions call them: every message is taken, unless `answerTo` says
 * otherwise. `calls` grows with each request, by the operation's name, and `bytesSent` with its body; `env` leads a function's clients here.
 */
export async function startStub(answerTo: StubAnswer = usualAnswer) {
  const calls: string[] = []
  let bytesSent = 0
  const server = createServer((request, response) => {
    // That opens a connection, and is no call.
    if (request.method === 'GET') return void response.writeHead(404).end()
    const operation = operationOf(request.headers['x-amz-target'])
    calls.push(operation)
    bytesSent += Number(request.headers['content-length'])
    void inputOf(request).then((input) => {
      const answer = answerTo(operation, input)
      const body = answer instanceof Error ? { __type: answer.name, message: answer.message } : answer
      response
        .writeHead(answer instanceof Error ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(body))
    })
  })
  const url = await listen(server)
  return { calls, bytesSent: () => bytesSent, env: functionEnv(url), stop: () => close(server) }
}

async function inputOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  return JSON.parse(await text(request)) as Record<string, unknown>
}

export function usualAnswer(operation: string, { MessageBody = '' }: Record<string, unknown>): unknown {
  if (operation === 'GetSecretValue') {
    return { Name: 'bench', SecretString: JSON.stringify({ clientId, signingKey }) }
  }
  return { MessageId: 'bench', MD5OfMessageBody: createHash('md5').update(String(MessageBody)).digest('hex') }
}

/** Environment of both functions, with AWS at `url`. */
export function functionEnv(url: string): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_SQS: url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ENDPOINT_URL_DYNAMODB: url,
    QUEUE_URL: `${url}/000000000000/events.fifo`,
    DEAD_LETTER_QUEUE_URL: `${url}/000000000000/dead-letters.fifo`,
    DELAY_QUEUE_URL: `${url}/000000000000/delayed`,
    WEBHOOK_SECRET_ID: 'bench',
    API_SECRET_ID: 'bench',
    TOLERANCE_MS: '300000',
    TABLE_NAME: 'bench',
    MAX_ATTEMPTS: '20',
    EVENT_RETENTION_DAYS: '30',
    LEDGER_RETENTION_DAYS: '400',
  }
}
