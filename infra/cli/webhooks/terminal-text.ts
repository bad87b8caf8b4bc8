import { foreignJson, foreignLine } from '../../foreign-text.ts'

/** What somebody else wrote, for one line of a terminal: no character of it moves the cursor, or hides what is there. */
export const lineForTerminal = foreignLine

/** As `lineForTerminal`, for text of several lines. */
export function linesForTerminal(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => {
    const [indent = ''] = /^ */.exec(line) ?? []
    return indent + lineForTerminal(line).trimStart()
  })
}

/** JSON leaves some of those characters as they are: the same document without them. */
export const jsonForTerminal = foreignJson

/** Letters of East Asia, and emoji, take two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const letters = new Intl.Segmenter()

/** Columns that a line takes. */
export function columnsOf(line: string): number {
  if (isAscii(line)) return line.length
  let columns = 0
  for (const { segment } of letters.segment(line)) columns += widthOf(segment)
  return columns
}

/** Cut to so many columns; then it ends with `…`. Of a long line, no more is looked at. */
export function cutTo(line: string, columns: number): string {
  if (line.length <= columns && isAscii(line)) return line
  let [taken, end] = [0, 0]
  for (const { segment, index } of letters.segment(line)) {
    taken += widthOf(segment)
    if (taken < columns) end = index + segment.length
    if (taken > columns) return `${line.slice(0, end)}…`
  }
  return line
}

function isAscii(line: string): boolean {
  return /^[\x20-\x7e]*$/.test(line)
}

function widthOf(letter: string): number {
  return wide.test(letter) ? 2 : 1
}
