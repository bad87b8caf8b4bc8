import type { Server } from 'node:http'
import { guarded } from '../../http/guard.ts'
import { close, listen } from '../../http/listen.ts'
import { type LambdaDeps, maxEventBytes } from './lambda-calls.ts'
import { lambdaEndpoint } from './lambda-endpoint.ts'
import { metricsEndpoint } from './metrics-endpoint.ts'

/**
 * Starts what SDK clients find beside the engines, for those that sign with `accessKeyId`; `cleanUp` stops it. Resolves to
 * the URLs.
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
