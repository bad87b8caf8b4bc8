/** `npm run bench [-- --only GROUP]`: each budget's figure beside its target. */
import { parseArgs } from 'node:util'
import { isMissed, tableOf } from './figure.ts'
import { groups } from './groups.ts'

const usage = `npm run bench [-- --only GROUP]

Measures this project against its budgets. Exits 1 when a figure misses its target that is the same on every machine
(write units, calls, bytes, bundle sizes); ratios that depend on the machine are only shown.

Groups:
${groups.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}`

process.exitCode = await bench()

async function bench(): Promise<number> {
  const wanted = readArguments()
  if (typeof wanted === 'number') return wanted
  let missed = 0
  for (const { name, title, measure } of groups) {
    if (wanted !== undefined && wanted !== name) continue
    const figures = await measure()
    missed += figures.filter(isMissed).length
    console.log(`${title}\n${tableOf(figures).join('\n')}\n`)
  }
  console.log(`Missed that are the same on every machine: ${missed}.`)
  return missed === 0 ? 0 : 1
}

/** The wanted group, undefined for all, or an exit code when there is nothing to measure. */
function readArguments(): string | undefined | number {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } })
    if (values.help) {
      console.log(usage)
      return 0
    }
    if (values.only === undefined || groups.some(({ name }) => name === values.only)) return values.only
    console.error(
      `There is no group '${values.only}'; choose one of ${groups.map(({ name }) => name).join(', ')}.`,
    )
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
  }
  return 1
}
