import { commandLine, webhooksCommand } from '../../shared/runtime/command-line.ts'
import { stageOfStack } from '../settings/stages.ts'
import type { LogSource, Shown, WatchedAlarm, WatchedParts } from './watched-alarms.ts'

/** An alarm's description, which is its mail: what has happened, and the commands that show more, with names as deployed. */
export function alarmText({ means, shown }: WatchedAlarm, parts: WatchedParts, stackName: string): string {
  const stage = stageOfStack(stackName)
  const options = stage === undefined ? { stack: stackName } : { stage }
  const commands = shown.map((one) =>
    typeof one === 'string'
      ? webhooksCommand({ command: one, options })
      : tail(one, parts[one.log].logGroup.logGroupName),
  )
  return `${means} To see more, run: ${commands.join(' and: ')}`
}

/** A command as the docs show it: without the deployment, and with the log group by the output that names it. */
export function shownCommand(one: Shown): string {
  return typeof one === 'string' ? webhooksCommand({ command: one }) : tail(one, logGroupOutputs[one.log])
}

const logGroupOutputs: Record<LogSource, string> = {
  api: 'AccessLogGroup',
  receiver: 'ReceiverLogGroup',
  consumer: 'ConsumerLogGroup',
  keeper: 'KeeperLogGroup',
}

/** The name of the log group is data. The pattern is our own text, without single quotes: so it stays readable in a mail. */
function tail({ pattern }: Exclude<Shown, string>, logGroup: string): string {
  const command = commandLine('aws logs tail', { command: [logGroup], options: { since: '1h' } })
  return `${command} --filter-pattern '${pattern}'`
}
