/** `npm run webhooks`: connects a deployment to Smokeball, and looks after it. */

import { terminal } from '../../terminal/terminal.ts'
import { accountsAdd, accountsList, accountsRemove } from './accounts.ts'
import { group, program } from './command.ts'
import { connect } from './connect.ts'
import { dlqDrop } from './dlq/drop.ts'
import { dlqRedrive } from './dlq/redrive.ts'
import { dlqList, dlqShow } from './dlq.ts'
import { doctor } from './doctor.ts'
import { eventsPull } from './events/pull.ts'
import { eventsResource } from './events/resource.ts'
import { eventsTail } from './events/tail.ts'
import { eventsList, eventsShow } from './events.ts'
import { pauseCommand, resumeCommand } from './handling.ts'
import { replayCommand } from './replay.ts'
import { rotateKeyCommand } from './rotate-key.ts'
import { runWebhooks } from './run-webhooks.ts'
import { secretSet } from './secret.ts'
import { status } from './status.ts'
import { subscriptionsCreate, subscriptionsUpdate } from './subscriptions/change.ts'
import { subscriptionsDelete, subscriptionsEnsure, subscriptionsList } from './subscriptions.ts'
import { types } from './types.ts'

const webhooks = group(`${program} --`, 'Connects a deployment to Smokeball, and looks after it.', [
  connect,
  doctor,
  status,
  pauseCommand,
  resumeCommand,
  replayCommand,
  rotateKeyCommand,
  types,
  group('events', 'What came, and what became of it', [
    eventsList,
    eventsTail,
    eventsShow,
    eventsResource,
    eventsPull,
  ]),
  group('dlq', 'What nobody will handle until someone looks', [dlqList, dlqShow, dlqRedrive, dlqDrop]),
  group('secret', "The client's credentials", [secretSet]),
  group('accounts', 'Firms that are connected', [accountsAdd, accountsList, accountsRemove]),
  group('subscriptions', 'What Smokeball sends where', [
    subscriptionsList,
    subscriptionsEnsure,
    subscriptionsCreate,
    subscriptionsUpdate,
    subscriptionsDelete,
  ]),
])

export const main = (): Promise<void> => runWebhooks(webhooks, terminal().args)
