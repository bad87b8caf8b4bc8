import { NotUnderstood } from '../../infra/terminal/usage-error.ts'
import { prices, type Region } from './prices.ts'

const regions = Object.keys(prices.regions) as Region[]

/** What was given to the command `costs`, as it stands on the command line. */
export interface GivenCosts {
  events: string
  body: string
  handlerMs: string
  region?: string
  markdown?: boolean
}

export interface CostsOptions {
  eventsAMonth: number
  body: number | 'samples'
  handlerMs: number
  region: Region
  markdown: boolean
}

/** Reads what the command line says. Throws `NotUnderstood`. */
export function costsOptions({
  events,
  body,
  handlerMs,
  region = regions[0],
  markdown,
}: GivenCosts): CostsOptions {
  return {
    eventsAMonth: numberOf('events', events),
    body: body === 'samples' ? body : numberOf('body', body, 800, 200_000),
    handlerMs: numberOf('handler-ms', handlerMs, 0, 30_000),
    region: regionOf(region),
    markdown: markdown === true,
  }
}

function numberOf(name: string, text: string, least = 0, most = 1e12): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new NotUnderstood(`--${name} ${text}: give a whole number from ${least} to ${most}.`)
}

function regionOf(text: string | undefined): Region {
  const region = regions.find((known) => known === text)
  if (region) return region
  throw new NotUnderstood(`There are no prices of ${text} in test/bench/prices.ts: ${regions.join(', ')}.`)
}
