import { resourceKey } from '../../../shared/event/event-identity.ts'
import { readEvent, type StoredEvent } from '../../../shared/ledger/read-event.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { eventTableOf } from '../../operate/events/event-table.ts'
import { notificationLines, parsedNotification } from '../../operate/events/notification-lines.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { factLines, handlerLines } from '../terminal/event-facts.ts'
import { command } from './command.ts'
import { type ShowOptions, withUtc } from './event-options.ts'
import { givenEvent } from './given-event.ts'
import { onDeployment, type Run } from './on-deployment.ts'

/** All that is known of one event. */
export const eventsShow = withUtc(
  command(
    'show <reference>',
    'Shows an event: where it came from, what each handler came to, and its payload.',
    ['events show mhikn8rn-d79d4bee', 'events show d79d4bee0913 --json'],
  ),
).action(
  onDeployment<ShowOptions>(async (run, { utc }, reference = '') => {
    const row = await givenEvent(run, reference)
    const event = await readEvent(eventTableOf(run.deployment), row, callLimit().signal)
    if (!event) throw new UsageError(`The event ${row.reference} has expired meanwhile.`)
    const notification = parsedNotification(event.text)
    run.out.result({ ...eventJson(event), notification, text: event.text }, [
      ...factLines(event, utc),
      ...handlerLines(event, utc),
      ...notificationLines(event.text),
      ...['', `Its resource: ${historyCommand(run, event)}`],
    ])
  }),
)

/** By its key where its names do not do: of one that is too long only the hash is there, and nobody can read control characters. */
function historyCommand({ next }: Run, { accountId, resource, resourceKey: key }: StoredEvent): string {
  const names = [accountId, resource.kind, resource.id]
  const [account = '', kind = '', id = ''] = names
  const isNamed = resourceKey(account, kind, id) === key && !/\p{C}/u.test(names.join(''))
  return next({ command: 'events resource', positionals: isNamed ? names : [key] })
}
