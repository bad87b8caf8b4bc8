/**
 * Escape sequences (ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/), begun by ESC or by
 * a C1 character: control sequences, strings (titles, links) up to their end, and all others. No string holds another
 * beginning, and none is longer than so many characters, so that each character is looked at a few times at most.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001b\[|\u009b)[0-?]{0,256}[ -/]{0,16}[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0000-\u001f\u007f-\u009f]{0,4096}(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]{0,16}[0-~]/g

/**
 * Characters that move the cursor, turn the direction of a line, or are not seen: controls, half characters, line and paragraph
 * separators, marks of direction, and what Unicode calls default-ignorable, such as tags. Not tabs and line feeds, nor what letters
 * of some languages and emoji are joined by, and their variants are chosen by.
 */
const unseen =
  /(?![\t\n]|\u200c|\u200d|\p{Variation_Selector})[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu

/** A letter takes eight marks and joiners: what is piled up on it reaches other lines, or is not seen. */
const piled = /(?<=[\p{M}\u200c\u200d]{8})[\p{M}\u200c\u200d]{1,4096}/gu

/** A text without the escape sequences in it. One that has no end loses its beginning, and what follows is shown. */
function withoutSequences(text: string): string {
  return text.replace(sequences, '')
}

/** What somebody else wrote, as it is but for what moves or hides something. */
export function textForTerminal(text: string): string {
  return seen(withoutSequences(text))
}

/** Does what `textForTerminal` does, for one line of a terminal, with a space for each run of white space. */
export function lineForTerminal(text: string): string {
  return seen(withoutSequences(text).replace(/[\s\u0085]+/g, ' '))
}

function seen(text: string): string {
  return text.replace(unseen, '?').replace(piled, '?')
}

/** Does what `lineForTerminal` does, for text of several lines. */
export function linesForTerminal(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => {
    const [indent = ''] = /^ */.exec(line) ?? []
    return indent + lineForTerminal(line).trimStart()
  })
}

/** JSON leaves some of those characters as they are: the same document, with their codes. */
export function jsonForTerminal(json: string): string {
  return json.replace(unseen, (char) =>
    char.length === 1 ? escaped(char) : char.split('').map(escaped).join(''),
  )
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

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
