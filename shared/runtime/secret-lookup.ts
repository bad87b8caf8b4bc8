/** Values of the handlers' secrets, by the names that handlers know them by. */
export type SecretValues = ReadonlyMap<string, string>

/** A handler asked for a secret that `infra/handlers.ts` does not name. */
export class UnknownSecret extends Error {
  readonly code = 'UNKNOWN_SECRET'

  constructor(name: string, known: readonly string[]) {
    super(
      `There is no secret '${name}'. ${known.length > 0 ? `There are: ${known.join(', ')}.` : 'There are none.'} ` +
        'Name it under `secrets` in infra/handlers.ts; in a test, under `secrets` of the options.',
    )
    this.name = 'UnknownSecret'
  }
}

/** What handlers have as `secret`. Throws `UnknownSecret`, which names those that there are. */
export function secretLookup(values: SecretValues): (name: string) => string {
  return (name) => {
    const value = values.get(name)
    if (value === undefined) throw new UnknownSecret(name, [...values.keys()])
    return value
  }
}
