import { stripVTControlCharacters } from 'node:util'

/** Those that turn the direction of a line, by which text can be made to look like other text. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** What somebody else wrote, for one line of a terminal: no character of it moves the cursor, or hides what is there. */
export function lineForTerminal(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\u0085]+/g, ' ')
    .replace(/\p{Cc}/gu, '?')
    .replace(turning, '?')
}

/** As `lineForTerminal`, for text of several lines. */
export function linesForTerminal(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => {
    const [indent = ''] = /^ */.exec(line) ?? []
    return indent + lineForTerminal(line).trimStart()
  })
}

/** JSON writes most control characters by their codes, and leaves these as they are: the same document without them. */
export function jsonForTerminal(json: string): string {
  const code = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return json.replace(/[\u007f-\u009f\u2028\u2029]/g, code).replace(turning, code)
}

/** Letters of East Asia, and emoji, take two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const letters = new Intl.Segmenter()

/** Columns that a line takes. */
export function columnsOf(line: string): number {
  if (/^[\x20-\x7e]*$/.test(line)) return line.length
  return lettersOf(line).reduce((sum, letter) => sum + widthOf(letter), 0)
}

/** Cut to so many columns; then it ends with `…`. */
export function cutTo(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line
  let cut = ''
  let left = columns - 1
  for (const letter of lettersOf(line)) {
    left -= widthOf(letter)
    if (left < 0) break
    cut += letter
  }
  return `${cut}…`
}

function lettersOf(line: string): string[] {
  return Array.from(letters.segment(line), ({ segment }) => segment)
}

function widthOf(letter: string): number {
  return wide.test(letter) ? 2 : 1
}
