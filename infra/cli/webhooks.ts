/** `npm run webhooks`: connects a deployment to Smokeball, and looks after it. */

import { terminal } from './terminal.ts'
import { accountsAdd } from './webhooks/accounts-add.ts'
import { accountsList } from './webhooks/accounts-list.ts'
import { accountsRemove } from './webhooks/accounts-remove.ts'
import { group, program } from './webhooks/command.ts'
import { connect } from './webhooks/connect.ts'
import { dlqDrop } from './webhooks/dlq-drop.ts'
import { dlqList } from './webhooks/dlq-list.ts'
import { dlqRedrive } from './webhooks/dlq-redrive.ts'
import { dlqShow } from './webhooks/dlq-show.ts'
import { doctor } from './webhooks/doctor.ts'
import { eventsList } from './webhooks/events-list.ts'
import { eventsPull } from './webhooks/events-pull.ts'
import { eventsResource } from './webhooks/events-resource.ts'
import { eventsShow } from './webhooks/events-show.ts'
import { eventsTail } from './webhooks/events-tail.ts'
import { pauseCommand, resumeCommand } from './webhooks/pause.ts'
import { replayCommand } from './webhooks/replay.ts'
import { rotateKeyCommand } from './webhooks/rotate-key.ts'
import { runWebhooks } from './webhooks/run-webhooks.ts'
import { secretSet } from './webhooks/secret-set.ts'
import { status } from './webhooks/status.ts'
import { subscriptionsCreate } from './webhooks/subscriptions-create.ts'
import { subscriptionsDelete } from './webhooks/subscriptions-delete.ts'
import { subscriptionsEnsure } from './webhooks/subscriptions-ensure.ts'
import { subscriptionsList } from './webhooks/subscriptions-list.ts'
import { subscriptionsUpdate } from './webhooks/subscriptions-update.ts'
import { types } from './webhooks/types.ts'

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
