/**
 * A bundle runs in this process as on Lambda. The process loads the bundle that its first argument names, with the packages
 * that are found from the second one, and then runs one invocation after another. `lambda-process.ts` starts it.
 */
import { flushCompileCache } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type RunningReport, runningReports } from '../../../shared/handling/running-handlers.ts'
import { resolveFrom } from '../../bundle/resolve-from.ts'
import { captureConsole } from './capture-console.ts'
import type { FailureReport, InvokeMessage, WorkerMessage } from './worker-protocol.ts'

type LambdaHandler = (event: unknown, context: object) => unknown

// Ctrl-C reaches the whole process group; the runner decides when this process ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))

delete process.env.NODE_COMPILE_CACHE
captureConsole(send)
// The handlers' names are sent before they run, since a process that dies sends nothing.
runningReports.subscribe((report) => send({ type: 'running', report: report as RunningReport }))
const handler = await load(process.argv[2] ?? '', process.argv[3])
if (handler) {
  process.on('message', (message) => void invoke(handler, message as InvokeMessage))
  send({ type: 'ready' })
  // The process is killed at its end, and would not write its compiled code then.
  flushCompileCache()
}

async function load(bundleFile: string, packagesOf?: string): Promise<LambdaHandler | undefined> {
  if (packagesOf) resolveFrom(packagesOf, bundleFile)
  try {
    const bundle = (await import(pathToFileURL(bundleFile).href)) as { handler: LambdaHandler }
    return bundle.handler
  } catch (error) {
    send({ type: 'init-failed', failure: report(error) })
    return undefined
  }
}

async function invoke(run: LambdaHandler, message: InvokeMessage): Promise<void> {
  try {
    const result = await run(JSON.parse(message.eventJson), contextOf(message))
    send({ type: 'result', json: JSON.stringify(result ?? null) })
  } catch (error) {
    send({ type: 'failed', failure: report(error) })
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf({ requestId, functionName, deadlineEpochMs }: InvokeMessage): object {
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env.AWS_REGION}:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineEpochMs - Date.now()),
  }
}

function report(error: unknown): FailureReport {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '' }
  return { name: error.name, message: error.message, stack: error.stack ?? '' }
}

function send(message: WorkerMessage): void {
  process.send?.(message)
}
