import type { GivenCosts } from '../../../test/bench/costs-options.ts'
import { command } from './command.ts'

/** What a stack costs. */
export const costs = command(
  'costs',
  'Tells what a stack costs a month, from calls, units, bytes and CPU milliseconds that are measured here, and a dated table ' +
    'of prices.',
  ['costs', 'costs --events 100000 --region us-east-1'],
)
  .option('--events <n>', 'events a month', '1000000')
  .option(
    '--body <bytes>',
    "size of a notification, from 800 to 200000, or `samples`: each of Smokeball's in turn",
    '1024',
  )
  .option('--handler-ms <ms>', 'how long your handlers take for an event', '100')
  .option('--region <region>', 'one that the table of prices has (its first)')
  .option('--markdown', 'the tables of docs/costs.md')
  .action(async (options: GivenCosts) => {
    // What is measured for it stands with the tests, and is loaded for this command alone.
    const { tellCosts } = await import('../../../test/bench/costs.ts')
    await tellCosts(options)
  })
