/** An argument as it can be pasted into a shell. */
export function shellQuoted(arg: string): string {
  return /^[\w@%+=:,./<>-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`
}
