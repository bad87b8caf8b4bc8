/** Whether a text can be an account id. They are opaque, but go into paths and keys: no spaces, no dots alone, not endless. */
export function isAccountId(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text) && !/^\.{1,2}$/.test(text)
}
