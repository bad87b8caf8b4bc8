import { parseArgs } from 'node:util'
import { NotUnderstood } from '../../infra/terminal/usage-error.ts'
import { groups } from './groups.ts'

const defaultRounds = 3
const names = groups.map(({ name }) => name)

export const usage = `npm run bench [-- --only GROUP] [--rounds N]

Measures this project against its budgets. Exits 1 when a figure misses its target that is the same on every machine
(write units, calls, bytes, bundle sizes); ratios that depend on the machine are only shown.

  --only GROUP  measures one group
  --rounds N    how often the group peer measures each side; medians of more rounds are steadier (${defaultRounds})

Groups:
${groups.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}`

export interface BenchOptions {
  /** Undefined for all. */
  only: string | undefined
  rounds: number
}

/** Reads the command line; `help` where it asks for nothing else. Throws `NotUnderstood`. */
export function benchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { only, rounds, help } = valuesOf(args)
  if (help) return 'help'
  if (!/^[1-9]\d?$/.test(rounds))
    throw new NotUnderstood(`--rounds ${rounds}: give a whole number from 1 to 99.`)
  if (only !== undefined && !names.includes(only))
    throw new NotUnderstood(`There is no group '${only}'; choose one of ${names.join(', ')}.`)
  return { only, rounds: Number(rounds) }
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        rounds: { type: 'string', default: String(defaultRounds) },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new NotUnderstood(`${(error as Error).message}\n\n${usage}`)
  }
}
