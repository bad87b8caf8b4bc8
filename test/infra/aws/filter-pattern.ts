/**
 * Whether a log record matches a CloudWatch Logs pattern for JSON: `{ ($.a = "x") && ($.b = 5) }`, with `*` in texts.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
export function matches(pattern: string, record: unknown): boolean {
  const tokens = pattern.match(/\$\.[\w.]+|"[^"]*"|-?\d+|&&|\|\||[{}()=]/g) ?? []
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
    take('=')
    const wanted = take()
    if (!wanted.startsWith('"')) return found === Number(wanted)
    const text = wanted.slice(1, -1)
    return typeof found === 'string' && (text === '*' || found === text)
  }
  take('{')
  const value = any()
  take('}')
  return value
}

/** What `$.message.ms` selects. */
export function selected(record: unknown, selector: string): unknown {
  return selector
    .slice(2)
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], record)
}
