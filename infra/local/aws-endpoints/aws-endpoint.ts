import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** A local AWS endpoint refuses a call with it: with the error's name as the SDK knows it, and the HTTP status. */
export class AwsRefusal extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = 'AwsRefusal'
    this.code = code
    this.status = status
  }
}

export interface AwsAnswer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

type Answers = (request: IncomingMessage, body: string) => AwsAnswer | Promise<AwsAnswer>

/** Serves calls of an AWS service in JSON. An `AwsRefusal` is answered in the form that the SDK takes for an error. */
export function awsEndpoint(contentType: string, answers: Answers): Server {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const answered = await answerOrRefusal(async () => answers(request, body))
    response
      .writeHead(answered.status, { 'content-type': contentType, ...answered.headers })
      .end(JSON.stringify(answered.body))
  }
  return createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
}

async function answerOrRefusal(answer: () => Promise<AwsAnswer>): Promise<AwsAnswer> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error
    const { status, code, message } = error
    return { status, body: { __type: code, message }, headers: { 'x-amzn-errortype': code } }
  }
}
