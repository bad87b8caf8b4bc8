import type { IncomingMessage, Server } from 'node:http'
import type { FunctionName } from '../../bundle/bundle.ts'
import { pathParts, requestTarget } from '../../http/request-target.ts'
import { region } from '../../operate/local-account.ts'
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts'
import { InvocationFailed } from '../lambda/worker-protocol.ts'
import { type AwsAnswer, AwsRefusal, awsEndpoint } from './aws-endpoint.ts'

const version = '/2015-03-31'
/** https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html */
const accountSettings = '/2016-08-19/account-settings'
/** What AWS gives an account that has been used for a while. Nothing here is limited by it. */
const usualLimit = { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 }

/** Serves the calls of Lambda's API that the command line makes: invocations, and the pause of the consumer. */
export function lambdaEndpoint(deps: LambdaDeps): Server {
  return awsEndpoint('application/json', (request, payload) => called(deps, request, payload))
}

async function called(deps: LambdaDeps, request: IncomingMessage, payload: string): Promise<AwsAnswer> {
  const { pathname, query: text } = requestTarget(request)
  const query = new URLSearchParams(text)
  const [collection, id = '', ...action] = partsOf(pathname)
  const place =
    pathname.replace(/\/$/, '') === accountSettings
      ? accountSettings
      : [collection, id && '*', ...action].join('/')
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
    case `GET ${accountSettings}`:
      return { status: 200, body: { AccountLimit: usualLimit } }
    default:
      throw new AwsRefusal(
        'UnknownOperationException',
        `${request.method} ${pathname} is not supported locally.`,
        404,
      )
  }
}

function partsOf(pathname: string): string[] {
  if (!pathname.startsWith(`${version}/`)) return []
  return pathParts(pathname.slice(version.length))
}

/** The functions by their names, and what feeds the consumer. */
export interface LambdaDeps {
  functions: Readonly<Record<FunctionName, (event: unknown) => Promise<unknown>>>
  /** The second one feeds it from the delay queue. */
  mappings: readonly ConsumerMapping[]
}

/** What feeds the consumer from one queue. */
interface ConsumerMapping extends Pick<EventSourceMapping, 'isEnabled' | 'pause' | 'resume'> {
  queueArn: string
}

/**
 * The event of an invocation whose answer is waited for may have so many bytes as JSON: "6 MB" in the documentation
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). Lambda's refusal of a longer request names this
 * number; a response may have 100 bytes more
 * (https://zaccharles.medium.com/deep-dive-lambdas-request-payload-size-limit-2-2-6350c1ae5577).
 */
export const maxEventBytes = 6_291_456

/** Any ids will do, as long as they differ. */
const mappingIdOf = (index: number) => `00000000-0000-4000-8000-00000000000${index}`

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export async function invoke(
  deps: LambdaDeps,
  functionName: string,
  type: string,
  payload: string,
): Promise<AwsAnswer> {
  const run = deps.functions[knownFunction(deps, functionName)]
  if (type !== 'RequestResponse')
    throw new AwsRefusal(
      'InvalidParameterValueException',
      `Only RequestResponse is supported locally, not ${type}.`,
    )
  const event = parsed(payload === '' ? '{}' : payload)
  try {
    return { status: 200, body: (await run(event)) ?? null, headers: executed }
  } catch (error) {
    const headers = { ...executed, 'x-amz-function-error': 'Unhandled' }
    return { status: 200, body: failureOf(error as Error), headers }
  }
}

const executed = { 'x-amz-executed-version': '$LATEST' }

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
function listMappings(
  deps: LambdaDeps,
  { functionName, sourceArn }: { functionName: string | null; sourceArn: string | null },
): AwsAnswer {
  const isOf = functionName === null || knownFunction(deps, functionName) === 'consumer'
  const all = deps.mappings.map((mapping, index) => told(mapping, mappingIdOf(index)))
  const found = all.filter(({ EventSourceArn }) => isOf && [null, EventSourceArn].includes(sourceArn))
  return { status: 200, body: { EventSourceMappings: found } }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
function getMapping(deps: LambdaDeps, id: string): AwsAnswer {
  return { status: 200, body: told(mappingOf(deps, id), id) }
}

/**
 * Pauses or resumes. Where AWS answers `Disabling` and goes on, this answers once no message is received any more.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
async function updateMapping(deps: LambdaDeps, id: string, payload: string): Promise<AwsAnswer> {
  const mapping = mappingOf(deps, id)
  const { Enabled, ...others } = Object(parsed(payload)) as Record<string, unknown>
  const [other] = Object.keys(others).filter((name) => name !== 'FunctionName')
  if (other !== undefined || typeof Enabled !== 'boolean')
    throw new AwsRefusal('InvalidParameterValueException', 'Only Enabled can be changed locally.')
  if (Enabled) mapping.resume()
  else await mapping.pause()
  return { status: 202, body: told(mapping, id) }
}

function told(mapping: ConsumerMapping, id: string) {
  return {
    UUID: id,
    State: mapping.isEnabled() ? 'Enabled' : 'Disabled',
    StateTransitionReason: 'USER_INITIATED',
    EventSourceArn: mapping.queueArn,
    FunctionArn: functionArn('consumer'),
  }
}

function failureOf(error: Error): { errorType: string; errorMessage: string; trace?: string[] } {
  if (!(error instanceof InvocationFailed)) return { errorType: error.name, errorMessage: error.message }
  const { failure, code, message } = error
  if (!failure) return { errorType: code, errorMessage: message }
  return { errorType: failure.name, errorMessage: failure.message, trace: failure.stack.split('\n') }
}

function knownFunction({ functions }: LambdaDeps, name: string): FunctionName {
  if (Object.hasOwn(functions, name)) return name as FunctionName
  throw new AwsRefusal('ResourceNotFoundException', `Function not found: ${functionArn(name)}`, 404)
}

function mappingOf({ mappings }: LambdaDeps, id: string): ConsumerMapping {
  const found = mappings.find((_, index) => mappingIdOf(index) === id)
  if (found) return found
  throw new AwsRefusal('ResourceNotFoundException', 'The resource you requested does not exist.', 404)
}

function functionArn(name: string): string {
  return `arn:aws:lambda:${region}:000000000000:function:${name}`
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    throw new AwsRefusal('InvalidRequestContentException', 'Could not parse request body into json.')
  }
}
