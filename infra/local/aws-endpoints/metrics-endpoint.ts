import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'

/** The one metric that commands ask CloudWatch for, in its JSON 1.0 protocol: how old the oldest event is that waits. */
export function metricsEndpoint(oldestEpochMs: () => number | undefined): Server {
  return createServer((request, response) => {
    text(request).then(
      (body) => {
        const isAsked =
          String(request.headers['x-amz-target']).endsWith('.GetMetricStatistics') &&
          body.includes('"ApproximateAgeOfOldestMessage"')
        response.writeHead(isAsked ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' })
        response.end(JSON.stringify(isAsked ? measured(oldestEpochMs()) : refusal))
      },
      () => response.destroy(),
    )
  })
}

const refusal = {
  __type: 'InvalidAction',
  message: 'Only the statistics of ApproximateAgeOfOldestMessage are there locally.',
}

function measured(oldestEpochMs: number | undefined): object {
  const nowEpochMs = Date.now()
  // 0 says that nothing waits.
  const Maximum =
    oldestEpochMs === undefined ? 0 : Math.max(1, Math.ceil((nowEpochMs - oldestEpochMs) / 1000))
  return { Datapoints: [{ Timestamp: Math.floor(nowEpochMs / 1000), Maximum, Unit: 'Seconds' }] }
}
