import { stringifyLossless } from '../../../shared/event/lossless-json.ts'
import { indentedJson } from '../../terminal/indented-json.ts'
import {
  harmless,
  overwriteLine,
  print,
  printError,
  printStyled,
  styled,
  terminal,
} from '../../terminal/terminal.ts'
import { jsonForTerminal, lineForTerminal } from '../../terminal/terminal-text.ts'

/** What a command tells. With `--json`, stdout is one JSON document, and all that is for people goes to stderr. */
export interface Output {
  /** What is done, as it is done. */
  say(line: string): void
  /** Says it as `say` does, marked as right, wrong, or right with some advice. */
  check(mark: keyof typeof marks, line: string): void
  /** What is for people alone, and no part of what may be piped on. */
  note(line: string): void
  /** What is odd, and what to do about it. */
  warn(line: string): void
  /** What the command was run for, once, at its end. */
  result(value: unknown, lines?: readonly string[]): void
  /** One result of many, as it comes. With `--json`, each is a document of one line. */
  each(value: unknown, line: string): void
}

const marks = { right: ['green', '✓'], advised: ['yellow', '!'], wrong: ['red', '✗'] } as const

export function output(isJson: boolean): Output {
  const screen = isJson ? 'stderr' : 'stdout'
  return {
    say: (line) => (isJson ? printError(line) : print(line)),
    check(mark, line) {
      const [colour, sign] = marks[mark]
      printStyled(`${styled(colour, sign, screen)} ${harmless(line)}`, screen)
    },
    note: (line) => printError(line),
    warn: (line) => printError(line, 'yellow'),
    result(value, lines = []) {
      if (isJson) printStyled(jsonForTerminal(indentedJson(value)))
      else for (const line of lines) print(line)
    },
    each: (value, line) => (isJson ? printStyled(jsonForTerminal(stringifyLossless(value))) : print(line)),
  }
}

/** No cell makes the others of its column wider than that: it would cost so many spaces in every row. */
const mostColumns = 200

/** Rows under their headings, in columns. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings, ...rows.map((row) => row.map(lineForTerminal))]
  const widths = headings.map((_, at) =>
    Math.min(mostColumns, Math.max(...all.map((row) => row[at]?.length ?? 0))),
  )
  return all.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** `2026-07-01 09:30` UTC. */
export function time(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')
}

/** Over and over in one line of a terminal; elsewhere, a line every tenth part. On stderr: it is no result. */
export function progress(all: number, what: string): (done: number, note?: string) => void {
  let told = 0
  return function showProgress(done, note = '') {
    const line = `${done} of ${all} ${what}${note}`
    if (terminal().stderr.isTTY) overwriteLine(line, done === all, 'stderr')
    else if (done >= all || done - told >= all / 10) {
      told = done
      printError(line)
    }
  }
}
