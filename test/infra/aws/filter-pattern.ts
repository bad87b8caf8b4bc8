/**
 * Whether a log record matches a CloudWatch Logs pattern for JSON: `{ ($.a = "x") && ($.b = 5) }`, with `*` in texts.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
export function matches(pattern: string, record: unknown): boolean {
  const tokens = pattern.match(/\$\.[\w.]+|"[^"]*"|-?\d+|&&|\|\||!=|[{}()=>]/g) ?? []
  const take = (expected?: string): string => {
    const token = tokens.shift() ?? ''
    if (expected !== undefined && token !== expected) throw new Error(`${expected} is missing in ${pattern}`)
    return token
  }
  const isNext = (token: string): boolean => tokens[0] === token && take() !== ''
  const any = (): boolean => {
    const values = [all()]
    while (isNext('||')) values.push(all())
    return values.includes(true)
  }
  const all = (): boolean => {
    const values = [one()]
    while (isNext('&&')) values.push(one())
    return !values.includes(false)
  }
  const one = (): boolean => {
    if (isNext('(')) {
      const value = any()
      take(')')
      return value
    }
    const found = selected(record, take())
    const operator = take()
    const wanted = take()
    if (!wanted.startsWith('"')) return compared(found, operator, Number(wanted))
    if (operator !== '=' && operator !== '!=') throw new Error(`${operator} compares no texts: ${pattern}`)
    return typeof found === 'string' && isLike(found, wanted.slice(1, -1)) === (operator === '=')
  }
  take('{')
  const value = any()
  take('}')
  return value
}

function compared(found: unknown, operator: string, wanted: number): boolean {
  if (typeof found !== 'number') return false
  if (operator === '=') return found === wanted
  if (operator === '>') return found > wanted
  throw new Error(`No filter has used ${operator} before: say here what it does.`)
}

/** `*` stands for any text, at the end of one. */
function isLike(found: string, text: string): boolean {
  return text.endsWith('*') ? found.startsWith(text.slice(0, -1)) : found === text
}

/** What `$.message.ms` selects. */
export function selected(record: unknown, selector: string): unknown {
  return selector
    .slice(2)
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], record)
}
