import { styleText } from 'node:util'
import { production } from '../stages.ts'
import type { StackOutputs } from './stack-outputs.ts'

export interface Deployment {
  stage: string
  /** Undefined: there was no such stack; null: nobody knows. */
  before: StackOutputs | undefined | null
  after: StackOutputs
  /** Undefined: nobody knows. */
  hasClientId: boolean | undefined
}

/** What the deployment comes to, for who deployed: the URL, what changed for Smokeball, what is to be done next. */
export function deployReport(deployment: Deployment): string {
  const { after } = deployment
  const rows = [
    ['Callback URL', styleText('bold', after.CallbackUrl ?? '')],
    ['Event types', typeChanges(deployment)],
  ]
  const shown = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`)
  return `\n${shown.join('\n')}\n\n${nextStep(deployment)}\n`
}

function typeChanges({ before, after }: Deployment): string {
  const now = typesOf(after)
  const all = now.join(', ') || 'none: no handler asks for any'
  if (!before) return all
  const was = typesOf(before)
  const added = now.filter((type) => !was.includes(type)).map((type) => `+ ${type}`)
  const gone = was.filter((type) => !now.includes(type)).map((type) => `- ${type}`)
  return added.length + gone.length > 0 ? `${all} (${[...added, ...gone].join(', ')})` : `${all} (as before)`
}

function nextStep(deployment: Deployment): string {
  const { stage, hasClientId, before, after } = deployment
  const flag = stage === production ? '' : ` -- --stage ${stage}`
  if (hasClientId === false)
    return `Next: put in the client id of your Smokeball app. Until then each delivery is answered with 503.

  npm run client-id -- CLIENT_ID${stage === production ? '' : ` --stage ${stage}`}

Then subscribe to the callback URL: README, "Deploy", step 4.`
  const changed = before && typesOf(before).join() !== typesOf(after).join()
  if (changed)
    return `Next: Smokeball sends only the types that your subscription names. Update it: README, "Changing handlers"; the
body for it comes from: npm run --silent subscription${flag}`
  return before === undefined ? 'Next: subscribe to the callback URL: README, "Deploy", step 4.' : 'Done.'
}

function typesOf({ EventTypes = '-' }: StackOutputs): string[] {
  return EventTypes === '-' ? [] : EventTypes.split(' ')
}
