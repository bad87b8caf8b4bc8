/** `npm run synth`, `npm run diff`, `npm run destroy`: the CDK's commands, for the stack of a stage. */
import { type CdkVerb, cdkOptions, cdkUsage } from './cdk-options.ts'
import { runCdk } from './run-cdk.ts'
import { runCommand } from './run-command.ts'
import { useAws } from './use-aws.ts'

const verbs: Partial<Record<CdkVerb, string>> = {
  synth: 'Writes the CloudFormation template to cdk.out/, without an account or network.',
  diff: 'Shows what a deployment would change.',
  destroy:
    'Removes the stack. Of the stage prod, the event table, the queues and the logs stay; of any stage, the secrets stay.',
}

await runCommand(async () => {
  const [verb, ...args] = process.argv.slice(2) as [CdkVerb, ...string[]]
  const options = cdkOptions(verb, args)
  if (!options) {
    console.log(cdkUsage(verb, verbs[verb] ?? ''))
    return
  }
  await useAws({ profile: options.profile, needsRegion: verb === 'destroy' })
  await runCdk(options.args)
  if (verb === 'synth') console.log(`cdk.out/${options.stackName}.template.json`)
  if (verb === 'destroy') console.log('What stays, and how to remove it: README, "Tear down".')
})
