import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda'
import { awsProblem } from '../aws-problem.ts'
import type { Diagnosis, Finding } from '../diagnose.ts'
import { isPaused, mappingOf } from '../handling.ts'

/** Whether events are taken from the queue. Throws `UsageError` when AWS does not tell. */
export async function checkHandling({ deployment, limit, next }: Diagnosis): Promise<Finding> {
  const { lambda, outputs } = deployment
  const { ConsumerName: consumerName } = outputs
  const mapping = await mappingOf({ lambda, consumerName }, limit.signal).catch((cause: unknown) => {
    throw awsProblem(`ask whether ${consumerName} handles events`, cause)
  })
  return findingOf(mapping, next)
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
function findingOf(mapping: EventSourceMappingConfiguration | undefined, next: Diagnosis['next']): Finding {
  const check = 'handling'
  if (!mapping)
    return {
      check,
      isRight: false,
      said: 'nothing takes events from the queue',
      fix: 'Deploy: npm run deploy',
    }
  if (isPaused(mapping))
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
