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

/** A text without the escape sequences in it. One that has no end loses its beginning, and what follows is shown. */
export function withoutSequences(text: string): string {
  return text.replace(sequences, '')
}

/** What somebody else wrote, in several lines: each character moves and hides nothing, but for tabs and line feeds. */
export function foreignText(text: string): string {
  return withoutSequences(text).replace(unseen, '?')
}

/** As `foreignText`, in one line, with one space for each run of white space. */
export function foreignLine(text: string): string {
  return withoutSequences(text)
    .replace(/[\s\u0085]+/g, ' ')
    .replace(unseen, '?')
}

/** JSON as `JSON.stringify` writes it, with those characters by their codes: the same document. */
export function foreignJson(json: string): string {
  return json.replace(unseen, (char) => char.split('').map(escaped).join(''))
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
