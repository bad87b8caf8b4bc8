import type { Server } from 'node:http'
import { guarded } from '../../http/guard.ts'
import { close, listen } from '../../http/listen.ts'
import { AwsRefusal, awsEndpoint } from './aws-endpoint.ts'
import { type LambdaDeps, lambdaEndpoint, maxEventBytes } from './lambda-endpoint.ts'

/**
 * Starts the endpoints that SDK clients find beside the engines, for those that sign with `accessKeyId`. `cleanUp` stops them.
 * Resolves to the URLs.
 */
export async function startEndpoints(
  from: { lambda: LambdaDeps; oldestEpochMs(): number | undefined; accessKeyId: string },
  cleanUp: AsyncDisposableStack,
): Promise<{ lambdaUrl: string; metricsUrl: string }> {
  const { accessKeyId } = from
  const started = async (server: Server, maxBodyBytes: number) => {
    const url = await listen(guarded(server, { maxBodyBytes, accessKeyId }))
    cleanUp.defer(() => close(server))
    return url
  }
  return {
    lambdaUrl: await started(lambdaEndpoint(from.lambda), maxEventBytes),
    metricsUrl: await started(metricsEndpoint(from.oldestEpochMs), 64 * 1024),
  }
}

/** Serves the one metric that commands ask CloudWatch for, in its JSON 1.0 protocol: the age of the oldest event that waits. */
function metricsEndpoint(oldestEpochMs: () => number | undefined): Server {
  return awsEndpoint('application/x-amz-json-1.0', ({ headers }, body) => {
    const isAsked =
      String(headers['x-amz-target']).endsWith('.GetMetricStatistics') &&
      body.includes('"ApproximateAgeOfOldestMessage"')
    if (isAsked) return { status: 200, body: measured(oldestEpochMs()) }
    const supported = 'Only the statistics of ApproximateAgeOfOldestMessage are supported locally.'
    throw new AwsRefusal('InvalidAction', supported)
  })
}

function measured(oldestEpochMs: number | undefined): object {
  const nowEpochMs = Date.now()
  // 0 says that nothing waits.
  const Maximum =
    oldestEpochMs === undefined ? 0 : Math.max(1, Math.ceil((nowEpochMs - oldestEpochMs) / 1000))
  return { Datapoints: [{ Timestamp: Math.floor(nowEpochMs / 1000), Maximum, Unit: 'Seconds' }] }
}
