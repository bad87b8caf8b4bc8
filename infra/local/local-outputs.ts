import { patternsText } from '../../shared/subscriptions/patterns-text.ts'
import type { DeployedOutputs } from '../cli/stack-outputs.ts'
import type { HandlerInfo } from '../read-handlers.ts'
import type { Engines } from './engines.ts'
import { apiSecretId, secretId } from './function-environment.ts'
import { tableName } from './local-account.ts'

/** What a stack tells of itself, of the local run. */
export function localOutputs(
  {
    queueUrl,
    deadLetterQueueUrl,
    delayQueueUrl,
  }: Pick<Engines, 'queueUrl' | 'deadLetterQueueUrl' | 'delayQueueUrl'>,
  callbackUrl: string,
  handlers: readonly HandlerInfo[],
): DeployedOutputs {
  return {
    CallbackUrl: callbackUrl,
    EventTypes: patternsText(handlers),
    TableName: tableName,
    WebhookSecretId: secretId,
    ApiSecretId: apiSecretId,
    EventQueueUrl: queueUrl,
    DeadLetterQueueUrl: deadLetterQueueUrl,
    DelayQueueUrl: delayQueueUrl,
    ReceiverName: 'receiver',
    ConsumerName: 'consumer',
    KeeperName: 'keeper',
  }
}
