import type { HeldCounts, HeldKind } from '../../operate/accounts/account-items.ts'
import { heldKinds } from '../../operate/accounts/account-items.ts'
import { overwriteLine, printError, terminal } from '../../terminal/terminal.ts'

const words: Record<HeldKind, string> = {
  events: 'events',
  bodyParts: 'parts of large bodies',
  ledgers: 'ledgers of resources',
  apiWrites: 'records of API writes',
  putAside: 'deliveries that were put aside',
  other: 'other items of its resources',
  deadLetters: 'dead letters',
}

/** What there is of an account, a line a kind. */
export function heldLines(counts: HeldCounts): string[] {
  const wide = Math.max(...heldKinds.map((kind) => String(counts[kind]).length))
  return heldKinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `  ${String(counts[kind]).padStart(wide)}  ${words[kind]}`)
}

const toldEvery = 10_000

/**
 * Tells how many items of a table were looked at, on stderr: over and over in one line of a terminal, elsewhere a line every
 * ten thousand. What it returns ends that line.
 */
export function lookProgress(): { tell(looked: number, rest: string): void; end(): void } {
  let told = 0
  let open = ''
  return {
    tell(looked, rest) {
      const line = `${looked} items of the table looked at, ${rest}`
      if (terminal().stderr.isTTY) {
        overwriteLine(line, false, 'stderr')
        open = line
      } else if (looked - told >= toldEvery) {
        told = looked
        printError(line)
      }
    },
    end() {
      told = 0
      if (open !== '') overwriteLine(open, true, 'stderr')
      open = ''
    },
  }
}
