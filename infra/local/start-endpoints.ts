import type { Server } from 'node:http'
import type { LambdaDeps } from './lambda-calls.ts'
import { lambdaEndpoint } from './lambda-endpoint.ts'
import { close, listen } from './listen.ts'
import { metricsEndpoint } from './metrics-endpoint.ts'

/** Starts what SDK clients find beside the engines; `cleanUp` stops it. Resolves to the URLs. */
export async function startEndpoints(
  from: { lambda: LambdaDeps; oldestEpochMs(): number | undefined },
  cleanUp: AsyncDisposableStack,
): Promise<{ lambdaUrl: string; metricsUrl: string }> {
  const started = async (server: Server) => {
    const url = await listen(server)
    cleanUp.defer(() => close(server))
    return url
  }
  return {
    lambdaUrl: await started(lambdaEndpoint(from.lambda)),
    metricsUrl: await started(metricsEndpoint(from.oldestEpochMs)),
  }
}
