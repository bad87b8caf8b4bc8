import { parseArgs } from 'node:util'
import { NotUnderstood } from '../../infra/terminal/usage-error.ts'
import { type Group, groups } from './groups.ts'

const defaultRounds = 3
const names = groups.map(({ name }) => name)

export const usage = `npm run bench [-- --only GROUP | --except GROUP] [--rounds N]

Measures this project against its budgets. Exits 1 when a figure misses its target that is the same on every machine
(write units, calls, bytes, bundle sizes); ratios that depend on the machine are only shown.

  --only GROUP    measures one group
  --except GROUP  measures all groups but one: peer needs a registry of npm, and the others do without
  --rounds N      how often the group peer measures each side; medians of more rounds are steadier (${defaultRounds})

Groups:
${groups.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}`

export interface BenchOptions {
  groups: readonly Group[]
  rounds: number
}

/** Reads the command line; `help` where it asks for nothing else. Throws `NotUnderstood`. */
export function benchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { only, except, rounds, help } = valuesOf(args)
  if (help) return 'help'
  if (!/^[1-9]\d?$/.test(rounds))
    throw new NotUnderstood(`--rounds ${rounds}: give a whole number from 1 to 99.`)
  if (only !== undefined && except !== undefined)
    throw new NotUnderstood('Give either --only or --except, and not both.')
  const named = only ?? except
  if (named !== undefined && !names.includes(named))
    throw new NotUnderstood(`There is no group '${named}'; choose one of ${names.join(', ')}.`)
  const chosen = groups.filter(({ name }) => (only === undefined ? name !== except : name === only))
  return { groups: chosen, rounds: Number(rounds) }
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        except: { type: 'string' },
        rounds: { type: 'string', default: String(defaultRounds) },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new NotUnderstood(`${(error as Error).message}\n\n${usage}`)
  }
}
