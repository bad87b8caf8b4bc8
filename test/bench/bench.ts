/** `npm run bench -- --help`: each budget's figure beside its target. */
import { UsageError } from '../../infra/terminal/usage-error.ts'
import { type BenchOptions, benchOptions, usage } from './bench-options.ts'
import { isMissed, tableOf } from './figure.ts'

process.exitCode = await bench()

async function bench(): Promise<number> {
  try {
    const options = benchOptions(process.argv.slice(2))
    if (options !== 'help') return await measure(options)
    console.log(usage)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    return error.exitCode
  }
}

async function measure({ groups, rounds }: BenchOptions): Promise<number> {
  let missed = 0
  for (const { title, measure } of groups) {
    const figures = await measure({ rounds })
    missed += figures.filter(isMissed).length
    console.log(`${title}\n${tableOf(figures).join('\n')}\n`)
  }
  console.log(`Missed that are the same on every machine: ${missed}.`)
  return missed === 0 ? 0 : 1
}
