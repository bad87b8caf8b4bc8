import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { pathParts, requestTarget } from '../../http/request-target.ts'
import { AwsRefusal } from './aws-refusal.ts'
import {
  getMapping,
  invoke,
  type LambdaAnswer,
  type LambdaDeps,
  listMappings,
  updateMapping,
} from './lambda-calls.ts'

const version = '/2015-03-31'

/** The calls of Lambda's API that the command line makes: invocations, and the pause of the consumer. */
export function lambdaEndpoint(deps: LambdaDeps): Server {
  return createServer((request, response) => {
    answer(deps, request, response).catch(() => response.destroy())
  })
}

async function answer(deps: LambdaDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const payload = await text(request)
  try {
    send(response, await called(deps, request, payload))
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error
    const { status, code, message } = error
    send(response, {
      status,
      body: { Type: 'User', Message: message },
      headers: { 'x-amzn-errortype': code },
    })
  }
}

async function called(deps: LambdaDeps, request: IncomingMessage, payload: string): Promise<LambdaAnswer> {
  const { pathname, query: text } = requestTarget(request)
  const query = new URLSearchParams(text)
  const [collection, id = '', ...action] = partsOf(pathname)
  const place = [collection, id && '*', ...action].join('/')
  const { 'x-amz-invocation-type': type = 'RequestResponse' } = request.headers
  switch (`${request.method} ${place}`) {
    case 'POST functions/*/invocations':
      return invoke(deps, id, String(type), payload)
    case 'GET event-source-mappings/':
      return listMappings(deps, {
        functionName: query.get('FunctionName'),
        sourceArn: query.get('EventSourceArn'),
      })
    case 'GET event-source-mappings/*':
      return getMapping(deps, id)
    case 'PUT event-source-mappings/*':
      return updateMapping(deps, id, payload)
    default:
      throw new AwsRefusal(
        'UnknownOperationException',
        `${request.method} ${pathname} is not there locally.`,
        404,
      )
  }
}

function partsOf(pathname: string): string[] {
  if (!pathname.startsWith(`${version}/`)) return []
  return pathParts(pathname.slice(version.length))
}

function send(response: ServerResponse, { status, body, headers = {} }: LambdaAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
