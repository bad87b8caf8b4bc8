/** `npm run synth`, `npm run diff`, `npm run destroy`: the CDK's commands, for the stack of a stage. */

import { outputsBefore } from '../../../operate/stack-outputs.ts'
import { print, runCommand, terminal } from '../../../terminal/terminal.ts'
import { type CdkVerb, cdkOptions, cdkUsage } from './cdk-options.ts'
import { runCdk } from './run-cdk.ts'
import { useAws } from './use-aws.ts'

const verbs: Partial<Record<CdkVerb, string>> = {
  synth: 'Writes the CloudFormation template to cdk.out/, without an account or network.',
  diff: 'Shows what a deployment would change.',
  destroy:
    'Removes the stack. Of the stage prod, the event table, the queues and the logs stay; of any stage, the secrets stay.',
}

export const main = (): Promise<void> =>
  runCommand(async () => {
    const [verb, ...args] = terminal().args as [CdkVerb, ...string[]]
    const options = cdkOptions(verb, args)
    if (!options) {
      print(cdkUsage(verb, verbs[verb] ?? ''))
      return
    }
    await useAws({ profile: options.profile, needsRegion: verb === 'destroy' })
    if (verb !== 'synth') await outputsBefore(options.stackName, options.args)
    await runCdk(options.args)
    if (verb === 'synth') print(`cdk.out/${options.stackName}.template.json`)
    if (verb === 'destroy') print('What stays, and how to remove it: docs/deploy.md, "Tear down".')
  })
