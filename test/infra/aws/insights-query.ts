/** What a query of CloudWatch Logs Insights is made of. */
export interface InsightsQuery {
  source: string
  /** The words its commands begin with. */
  commands: string[]
  functions: string[]
  /** Fields that it reads: `message.why`, `@timestamp`; not the names that it gives them. */
  fields: string[]
  texts: string[]
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html; those that a dashboard needs. */
const known = {
  commands: ['fields', 'filter', 'stats', 'sort', 'limit', 'dedup', 'display', 'parse'],
  functions: ['count', 'sum', 'avg', 'min', 'max', 'ispresent', 'substr', 'bin', 'coalesce', 'strlen'],
  words: ['in', 'by', 'as', 'asc', 'desc', 'and', 'or', 'not', 'like'],
}

/** Throws what is wrong with it: an unknown command, function or word, or a bracket that is not closed. */
export function readInsightsQuery(query: string): InsightsQuery {
  const [source = '', ...parts] = query.split('|').map((part) => part.trim())
  if (!/^SOURCE '[^']+'$/.test(source)) throw new Error(`no source: ${query}`)
  const read: InsightsQuery = { source, commands: [], functions: [], fields: [], texts: [] }
  for (const part of parts) {
    const [command = '', ...tokens] = part.match(/"[^"]*"|@?[a-z][\w.]*\(?|\d+|\S/gi) ?? []
    if (!known.commands.includes(command)) throw new Error(`no command: ${command} in ${query}`)
    if (count(part, /[([]/g) !== count(part, /[)\]]/g)) throw new Error(`a bracket is open: ${part}`)
    read.commands.push(command)
    for (const [index, token] of tokens.entries()) readToken(read, token, tokens[index - 1])
  }
  return read
}

function readToken(read: InsightsQuery, token: string, before: string | undefined): void {
  if (token.startsWith('"')) read.texts.push(token.slice(1, -1))
  else if (token.endsWith('(') && token !== '(') {
    if (!known.functions.includes(token.slice(0, -1))) throw new Error(`no function: ${token}`)
    read.functions.push(token.slice(0, -1))
  } else if (/^(@|message\.)/.test(token)) read.fields.push(token)
  else if (/^[a-z]/i.test(token) && !known.words.includes(token) && before !== 'as')
    throw new Error(`no word: ${token}`)
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0
}
