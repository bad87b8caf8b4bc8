/** `npm run build`: the Lambda bundles, exactly as deployed, in `dist/<function>/index.mjs`. */

import { statSync } from 'node:fs'
import { build, formatMessagesSync, type Message } from 'esbuild'
import { handlersEntryOf } from '../settings/project-files.ts'
import { readSettings } from '../settings/read-settings.ts'
import { production } from '../settings/stages.ts'
import { print, printError, runCommand } from '../terminal/terminal.ts'
import { bundleOptions, type FunctionName } from './bundle.ts'
import { cannotBundle } from './cannot-bundle.ts'

const functions: FunctionName[] = ['receiver', 'consumer', 'keeper']

await runCommand(async () => {
  const settings = await readSettings(production)
  const { nodeModules = [] } = settings
  const handlersEntry = handlersEntryOf(settings)
  for (const name of functions) {
    const options = bundleOptions(name, { handlersEntry, nodeModules })
    const { warnings } = await build(options).catch((error: { errors?: Message[] }) => {
      // The others have no handlers in them.
      throw name === 'consumer' && error.errors ? cannotBundle(handlersEntry, error.errors) : error
    })
    for (const text of formatMessagesSync(warnings, { kind: 'warning' })) printError(text.trimEnd())
    print(`${options.outfile}: ${(statSync(options.outfile ?? '').size / 1024).toFixed(0)} KB`)
  }
})
