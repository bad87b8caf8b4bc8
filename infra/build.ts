/** `npm run build`: the Lambda bundles, exactly as deployed, in `dist/<function>/index.mjs`. */
import { statSync } from 'node:fs'
import { build } from 'esbuild'
import { bundleOptions, type FunctionName } from './bundle.ts'

const functions: FunctionName[] = ['receiver', 'consumer']

for (const name of functions) {
  const options = bundleOptions(name)
  await build({ ...options, logLevel: 'warning' })
  console.log(`${options.outfile}: ${(statSync(options.outfile ?? '').size / 1024).toFixed(0)} KB`)
}
