/** Ids are opaque, and may hold half a character, which cannot be encoded. */
export function pathPart(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
