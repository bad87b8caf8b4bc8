import { patternsText } from '../../shared/subscriptions/patterns-text.ts'
import type { HandlerInfo } from '../bundle/read-handlers.ts'
import { tableName } from '../operate/local-account.ts'
import type { DeployedOutputs } from '../operate/stack-outputs.ts'
import type { Engines } from './engines/engines.ts'
import { apiSecretId, secretId } from './lambda/function-environment.ts'

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
