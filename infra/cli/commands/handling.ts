import { waitingIn } from '../../../shared/queue/waiting.ts'
import { callLimit } from '../../operate/deployment.ts'
import { setHandling } from '../../operate/handling.ts'
import { terminal } from '../../terminal/terminal.ts'
import { waitingText } from '../terminal/status-words.ts'
import { changingCommand } from './command.ts'
import { onDeployment, type Run } from './on-deployment.ts'

/** Stops handling; deliveries go on coming in. */
export const pauseCommand = changingCommand(
  'pause',
  'Pauses the handling of events: deliveries are accepted as before, and wait in the queue, for 14 days at most.',
  ['pause --stage prod', 'pause --local'],
).action(onDeployment(async (run) => setAndTell(run, 'Disabled')))

/** Starts handling again. */
export const resumeCommand = changingCommand(
  'resume',
  'Resumes the handling of events, with all that waits.',
  ['resume --stage prod', 'resume --local'],
).action(onDeployment(async (run) => setAndTell(run, 'Enabled')))

const words = {
  Disabled: { changing: 'Pausing', state: 'paused', advice: 'Resume it' },
  Enabled: { changing: 'Resuming', state: 'going on', advice: 'See how it gets on' },
} as const

async function setAndTell(run: Run, wanted: 'Enabled' | 'Disabled'): Promise<void> {
  const { deployment, out, next } = run
  const { lambda, sqs, outputs } = deployment
  const { changing, state, advice } = words[wanted]
  out.say(`${changing} the handling of events…`)
  // Lambda may take its time, which has a limit of its own.
  const changed = await setHandling(
    { lambda, consumerName: outputs.ConsumerName, clock: terminal().clock },
    wanted,
    new AbortController().signal,
  )
  const queue = await waitingIn(sqs, outputs.EventQueueUrl, callLimit().signal)
  out.result(
    { handling: wanted === 'Enabled' ? 'enabled' : 'paused', changed: changed === 'changed', queue },
    [
      `Handling is ${state}${changed === 'changed' ? '' : ', as it was before'}. ${waitingText(queue)}.`,
      `${advice}: ${next(wanted === 'Enabled' ? 'status' : 'resume')}`,
    ],
  )
}
