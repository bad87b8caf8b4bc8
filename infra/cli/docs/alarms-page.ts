import { alarmMinutes, type WatchedAlarm, watchedAlarms } from '../../aws/watched-alarms.ts'

/** docs/alarms.md. */
export function alarmsPage(): string {
  return [
    '# Alarms',
    '',
    '[Operating](operating.md) tells where alarms go. The commands name no deployment here: add `--stage prod`.',
    '',
    '| alarm | what it means | when | what to do |',
    '| --- | --- | --- | --- |',
    ...watchedAlarms.map(
      (alarm) => `| \`${alarm.id}\` | ${alarm.means} | ${limitOf(alarm)} | ${alarm.whatToDo} |`,
    ),
  ].join('\n')
}

function limitOf({ above = 0, times = 1, lasts = false }: WatchedAlarm): string {
  const limit = `above ${above.toLocaleString('en')}`
  if (lasts) return `${limit} in an hour; it lasts as long as the reason does`
  return `${limit} in ${times > 1 ? `${times} times ` : ''}${alarmMinutes} minutes`
}
