/** Stands in a printed command for what the reader knows. Only our own texts make one: data is always text, and quoted. */
interface Placeholder {
  placeholder: string
}

type Word = string | Placeholder

/** What follows the name of a program. An option that is `true` is a flag; one that is false or undefined is left out. */
export interface CommandWords {
  /** Our own words, such as `events show`, or a command line as it was given. */
  command?: string | readonly string[]
  options?: Readonly<Record<string, Word | boolean | undefined>>
  /** Told after `--`, so that none of them passes for an option. */
  positionals?: readonly Word[]
}

/** `<port>` */
export function placeholder(name: string): Placeholder {
  return { placeholder: name }
}

/** How the API's credentials are put in. */
export const setSecrets: CommandWords = { command: 'secret set' }

/** How this project's own program is called: `npx` finds it in the project, and hands on all that follows. */
export const program = 'npx smokeball-webhooks'

/** What the program is to be called with next. */
export function webhooksCommand(words: CommandWords): string {
  return commandLine(program, words)
}

/** How to see what AWS has of a secret, beside its value. */
export function describeSecret(secretId: string): string {
  return commandLine('aws secretsmanager describe-secret', { options: { 'secret-id': secretId } })
}

/** A command to be pasted into a shell: the one way in which this project prints one. `program` is our own text. */
export function commandLine(program: string, words: CommandWords): string {
  const { command = [], options = {}, positionals = [] } = words
  return [
    program,
    ...(typeof command === 'string' ? command.split(' ').filter(Boolean) : command).map(shellWord),
    ...Object.entries(options).flatMap(([name, value]) => optionWords(name, value)),
    ...(positionals.length > 0 ? ['--', ...positionals.map(shellWord)] : []),
  ].join(' ')
}

/** A value that begins with a dash is told by `=`: most readers of options take it for another option otherwise. */
function optionWords(name: string, value: Word | boolean | undefined): string[] {
  if (value === undefined || value === false) return []
  if (value === true) return [`--${name}`]
  const word = shellWord(value)
  return [typeof value === 'string' && value.startsWith('-') ? `--${name}=${word}` : `--${name} ${word}`]
}

/** Stands for a text that no shell hands on: with a NUL, a lone surrogate, or a line break at its end. */
const untypeable = 'A_VALUE_THAT_CANNOT_BE_TYPED'

/**
 * One argument, as it can be pasted into sh, bash or zsh, which hand on exactly this text. It is printable, and one line.
 * Pasted into PowerShell it runs nothing else, and the same in cmd, which replaces `%NAME%` of its own variables; both get
 * the text wrong where it needs more than double quotes.
 */
export function shellWord(word: Word): string {
  if (typeof word !== 'string') return `<${word.placeholder}>`
  // PowerShell takes `@` and `,` for signs of its own.
  if (/^[\w%+:./-][\w%+=:./-]*$/.test(word)) return word
  if (word === '') return '""'
  if (!word.isWellFormed() || /\0|\n$/.test(word)) return untypeable
  return quoted(word)
}

/** Active within double quotes in some shell; PowerShell takes the curly quotes for plain ones. */
const forSingle = /[$`\\!"\u201c-\u201e]/
/** They end single quotes, or are active within them in cmd, which does not know these. */
const forDouble = /['\u2018-\u201b<>|&^]/
/** A terminal does something else with it than to show it as what it is. */
const unseen = /(?! )[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u

interface Part {
  how: 'single' | 'double' | 'printf'
  text: string
}

function quoted(text: string): string {
  const parts = partsOf(text)
  const inSingle = (at: number) => (parts[at]?.how ?? 'single') === 'single'
  const shown = parts.map(({ how, text }, at) => {
    if (how === 'single') return `'${text}'`
    const inside = how === 'double' ? text : printed(text)
    return `${inSingle(at - 1) ? '"' : ''}${inside}${inSingle(at + 1) ? '"' : ''}`
  })
  return shown.join('')
}

function printed(text: string): string {
  const codes = Array.from(Buffer.from(text), (byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return `$(printf '${codes.join('')}')`
}

function partsOf(text: string): Part[] {
  const parts: Part[] = []
  const usual = forSingle.test(text) && !forDouble.test(text) ? 'single' : 'double'
  // To cmd, every second one of these ends what it takes as text.
  const mayQuote = !/[<>|&^\n]/.test(text) && text.split('"').length % 2 === 1
  // Not the end of the part before: to look at that flattens its text, which is as long as all of it.
  let before = ''
  for (const char of text) {
    const last = parts.at(-1)
    const how = howFor(char, last?.how)
    if (last?.how === how) last.text += char
    else parts.push({ how, text: char })
    before = char
  }
  return parts

  function howFor(char: string, last: Part['how'] | undefined): Part['how'] {
    // The shell takes line breaks off the end of what is printed.
    if (last === 'printf' && before === '\n') return 'printf'
    // Where a line is made fit for a terminal, one space is left of several.
    if (unseen.test(char) || (char === ' ' && before === ' ') || (char === '"' && !mayQuote)) return 'printf'
    if (forSingle.test(char)) return 'single'
    if (forDouble.test(char)) return 'double'
    return last === undefined || last === 'printf' ? usual : last
  }
}
