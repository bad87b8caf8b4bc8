import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { DeadLettersDeps } from '../../../../infra/operate/dead-letters/walk-dead-letters.ts'

export interface Kill {
  /** Calls that are made as usual before. */
  afterCalls: number
  /** Whether the call at which it is killed still takes effect. */
  when: 'before' | 'after'
}

export class Killed extends Error {}

/** Clients of a process that is killed at a call: neither this one nor any later one is answered. */
export function killedClients(deps: DeadLettersDeps, { afterCalls, when }: Kill) {
  let calls = 0
  const received: string[] = []
  const dying = (client: { send(...args: never[]): unknown }) => ({
    async send(...args: unknown[]) {
      calls += 1
      if (calls > afterCalls + 1 || (calls === afterCalls + 1 && when === 'before')) throw new Killed()
      const answer = await (client.send as (...args: unknown[]) => Promise<unknown>)(...args)
      const { Messages = [] } = answer as { Messages?: { ReceiptHandle?: string }[] }
      received.push(...Messages.flatMap(({ ReceiptHandle }) => ReceiptHandle ?? []))
      if (calls === afterCalls + 1) throw new Killed()
      return answer
    },
  })
  return {
    deps: {
      ...deps,
      sqs: dying(deps.sqs as never) as Pick<SQSClient, 'send'>,
      dynamodb: dying(deps.dynamodb as never) as DeadLettersDeps['dynamodb'],
    },
    /** What the dead process had hidden is seen again, as it would be two minutes later. */
    async letTimePass(): Promise<void> {
      for (const ReceiptHandle of received)
        await deps.sqs
          .send(
            new ChangeMessageVisibilityCommand({
              QueueUrl: deps.deadLetterQueueUrl,
              ReceiptHandle,
              VisibilityTimeout: 0,
            }),
          )
          // Those that were deleted, or released.
          .catch(() => {})
    },
  }
}

/** Sees the input of each call, and may change it, before it is sent. */
export function seeing(
  sqs: Pick<SQSClient, 'send'>,
  see: (input: Record<string, unknown>) => void,
): Pick<SQSClient, 'send'> {
  return {
    send(...args: unknown[]) {
      const [command] = args as [{ input: Record<string, unknown> }]
      see(command.input)
      return (sqs.send as (...args: unknown[]) => unknown)(...args)
    },
  } as Pick<SQSClient, 'send'>
}
