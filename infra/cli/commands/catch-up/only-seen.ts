/** The line that tells of kinds of which a walk passes by what nothing was ever delivered of; none where there are none. */
export function onlySeenLines(kinds: readonly string[]): string[] {
  if (kinds.length === 0) return []
  const each = (ending: string) => kinds.map((kind) => `${kind}${ending}`)
  const created = each('.created')
  return [
    `Each ${or.format(kinds)} of which nothing was ever delivered is passed by, since it may be new, and no handler takes ` +
      `${or.format(created)}: subscribe to ${and.format(created)}, too, or to ${and.format(each('.*'))}.`,
  ]
}

const or = new Intl.ListFormat('en-GB', { type: 'disjunction' })
const and = new Intl.ListFormat('en-GB', { type: 'conjunction' })
