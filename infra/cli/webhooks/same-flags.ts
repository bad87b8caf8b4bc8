import { shellQuoted } from '../shell-quoted.ts'
import type { GlobalOptions } from './command.ts'

type Named = { [Name in keyof GlobalOptions]: GlobalOptions[Name] | undefined }

/** What leads the next command to the same deployment. */
export function sameFlags({ stage, stack, profile, local }: Named): string[] {
  const named = Object.entries({ stage, stack, profile })
  return [
    ...named.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${shellQuoted(value)}`])),
    ...(local ? ['--local'] : []),
  ]
}
