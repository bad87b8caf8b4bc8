/** `npm run build`: the Lambda bundles, exactly as deployed, in `dist/<function>/index.mjs`. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions, defaultHandlersEntry, type FunctionName, projectRoot } from './bundle.ts'
import { runCommand } from './cli/run-command.ts'
import { readSettings } from './read-settings.ts'
import { production } from './stages.ts'

const functions: FunctionName[] = ['receiver', 'consumer']

await runCommand(async () => {
  const { nodeModules = [], ...settings } = await readSettings(production)
  const handlersEntry = resolve(projectRoot, settings.handlersEntry ?? defaultHandlersEntry)
  for (const name of functions) {
    const options = bundleOptions(name, { handlersEntry, nodeModules })
    await build({ ...options, logLevel: 'warning' })
    console.log(`${options.outfile}: ${(statSync(options.outfile ?? '').size / 1024).toFixed(0)} KB`)
  }
})
