import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../../settings/project-files.ts'
import { command } from './command.ts'

/** As they stand on the command line. */
export interface CostsOptions {
  events: string
  body: string
  handlerMs: string
  region?: string
  markdown?: boolean
}

/** What is measured for it stands with the tests. */
const bench = join(projectRoot, 'test/bench/costs.ts')

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
  .action(async (options: CostsOptions) => {
    const { tellCosts } = (await import(pathToFileURL(bench).href)) as {
      tellCosts(given: CostsOptions): Promise<void>
    }
    await tellCosts(options)
  })
