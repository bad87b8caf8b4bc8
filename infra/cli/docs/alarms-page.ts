import { shownCommand } from '../../aws/alarm-text.ts'
import { type AlarmTimingName, quietMinutes } from '../../aws/alarm-timings.ts'
import { type WatchedAlarm, watchedAlarms } from '../../aws/watched-alarms.ts'

/** docs/alarms.md. */
export function alarmsPage(): string {
  return [
    '# Alarms',
    '',
    `[Operating](operating.md) tells where alarms go, and [Losses](losses.md) what can be lost where, and which alarm tells of it. Each mail has the commands with the names of your deployment. An alarm that is raised at once is over after ${quietMinutes} minutes without another of its reasons: what is lost until then is told by its first mail, and what comes after by a new one.`,
    '',
    'The commands name no deployment here: add `--stage prod`. `AccessLogGroup`, `ReceiverLogGroup`, `ConsumerLogGroup` and `KeeperLogGroup` are outputs of the stack.',
    '',
    '| alarm | what it means | when | what shows more | what to do |',
    '| --- | --- | --- | --- | --- |',
    ...watchedAlarms.map(
      (alarm) =>
        `| \`${alarm.id}\` | ${alarm.means} | ${limitOf(alarm)} | ${commandsOf(alarm)} | ${alarm.whatToDo} |`,
    ),
  ].join('\n')
}

const raisedWhen: Record<AlarmTimingName, string> = {
  'at once': 'in a minute',
  'three times': 'in three windows of 5 minutes',
  'for an hour': 'for an hour',
  'at each run of the keeper': 'in an hour; it lasts as long as the reason does',
}

function limitOf({ above = 0, raised = 'at once' }: WatchedAlarm): string {
  return `above ${above.toLocaleString('en')} ${raisedWhen[raised]}`
}

/** In a table, a bar ends its cell. */
function commandsOf({ shown }: WatchedAlarm): string {
  return shown.map((one) => `\`${shownCommand(one).replaceAll('|', '\\|')}\``).join('<br>')
}
