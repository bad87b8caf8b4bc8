import { type EventSourceMappingConfiguration, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { awsProblem } from '../aws-problem.ts'
import type { Diagnosis, Finding } from '../diagnose.ts'

/** Whether events are taken from the queue. Throws `UsageError` when AWS does not tell. */
export async function checkHandling({ deployment, limit }: Diagnosis): Promise<Finding> {
  const { lambda, outputs } = deployment
  const list = new ListEventSourceMappingsCommand({ FunctionName: outputs.ConsumerName })
  const { EventSourceMappings = [] } = await lambda
    .send(list, { abortSignal: limit.signal })
    .catch((cause: unknown) => {
      throw awsProblem(`ask whether ${outputs.ConsumerName} handles events`, cause)
    })
  return findingOf(EventSourceMappings[0], deployment.isLocal)
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
function findingOf(mapping: EventSourceMappingConfiguration | undefined, isLocal: boolean): Finding {
  const check = 'handling'
  if (!mapping)
    return {
      check,
      isRight: false,
      said: 'nothing takes events from the queue',
      fix: 'Deploy: npm run deploy',
    }
  if (['Disabling', 'Disabled'].includes(mapping.State ?? ''))
    return {
      ...{
        check,
        isRight: false,
        said: 'handling is paused: deliveries are accepted, and wait in the queue',
      },
      fix: isLocal
        ? 'Start npm start anew.'
        : `aws lambda update-event-source-mapping --enabled --uuid ${mapping.UUID}`,
    }
  return { check, isRight: true, said: 'events are taken from the queue as they come' }
}
