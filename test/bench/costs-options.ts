import { parseFlags } from '../../infra/cli/commands/send/parse-flags.ts'
import { NotUnderstood } from '../../infra/terminal/usage-error.ts'
import { prices, type Region } from './prices.ts'

const regions = Object.keys(prices.regions) as Region[]

export const usage = `npm run costs [-- options]

What a stack costs a month, from calls, units, bytes and CPU milliseconds that are measured here, and prices as of ${prices.asOf}.

  --events N         events a month (1000000)
  --body BYTES       size of a notification, from 800 to 200000 (1024), or \`samples\`: each of Smokeball's in turn
  --handler-ms MS    how long your handlers take for an event (100)
  --region REGION    ${regions.join(' or ')} (${regions[0]})
  --markdown         the table of docs/costs.md
  --help             this text`

const flags = {
  events: { type: 'string', looksLike: /^\d/ },
  body: { type: 'string', looksLike: /^(\d|samples$)/ },
  'handler-ms': { type: 'string', looksLike: /^\d/ },
  region: { type: 'string', looksLike: /^[a-z]+-[a-z]+-\d$/ },
  markdown: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export interface CostsOptions {
  eventsAMonth: number
  body: number | 'samples'
  handlerMs: number
  region: Region
  markdown: boolean
}

/** Reads the command line of `npm run costs`; undefined when it asks for help. Throws `NotUnderstood`. */
export function costsOptions(args: readonly string[]): CostsOptions | undefined {
  const { values, positionals } = parseFlags('npm run costs', flags, args)
  if (values.help) return undefined
  if (positionals.length > 0)
    throw new NotUnderstood(`What is ${positionals[0]}? See npm run costs -- --help`)
  const { body = '1024', region = regions[0] } = values
  return {
    eventsAMonth: numberOf('events', values.events ?? '1000000'),
    body: body === 'samples' ? body : numberOf('body', body, 800, 200_000),
    handlerMs: numberOf('handler-ms', values['handler-ms'] ?? '100', 0, 30_000),
    region: regionOf(region),
    markdown: values.markdown === true,
  }
}

function numberOf(name: string, text: string | boolean, least = 0, most = 1e12): number {
  const number = /^\d+$/.test(String(text)) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new NotUnderstood(`--${name} ${text}: give a whole number from ${least} to ${most}.`)
}

function regionOf(text: string | boolean | undefined): Region {
  const region = regions.find((known) => known === text)
  if (region) return region
  throw new NotUnderstood(`There are no prices of ${text} in test/bench/prices.ts: ${regions.join(', ')}.`)
}
