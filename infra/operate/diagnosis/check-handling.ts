import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda'
import { awsProblem } from '../explained.ts'
import { isPaused, mappingsOf } from '../handling.ts'
import type { Diagnosis, Finding } from './diagnose.ts'

/** Whether events are taken from the queue. Throws `UsageError` when AWS does not tell. */
export async function checkHandling({ deployment, limit, next }: Diagnosis): Promise<Finding> {
  const { lambda, outputs } = deployment
  const { ConsumerName: consumerName } = outputs
  const mappings = await mappingsOf({ lambda, consumerName }, limit.signal).catch((cause: unknown) => {
    throw awsProblem(`ask whether ${consumerName} handles events`, cause)
  })
  return findingOf(mappings, next)
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
function findingOf(mappings: readonly EventSourceMappingConfiguration[], next: Diagnosis['next']): Finding {
  const check = 'handling'
  if (mappings.length === 0)
    return {
      check,
      isRight: false,
      said: 'nothing takes events from the queue',
      fix: 'Deploy: npm run deploy',
    }
  if (isPaused(mappings))
    return {
      ...{
        check,
        isRight: false,
        said: 'handling is paused: deliveries are accepted, and wait in the queue',
      },
      fix: `Resume it: ${next('resume')}`,
    }
  return { check, isRight: true, said: 'events are taken from the queue as they come' }
}
