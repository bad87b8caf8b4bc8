import { resourceKey } from '../../../shared/event-identity.ts'
import { readEvent, type StoredEvent } from '../../../shared/read-event.ts'
import { UsageError } from '../../usage-error.ts'
import { callLimit } from './call-limit.ts'
import { command } from './command.ts'
import { factLines, handlerLines } from './event-facts.ts'
import { eventJson } from './event-json.ts'
import { type ShowOptions, withUtc } from './event-options.ts'
import { eventTableOf } from './event-table.ts'
import { givenEvent } from './given-event.ts'
import { notificationLines, parsedNotification } from './notification-lines.ts'
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
