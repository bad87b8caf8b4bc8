/** What a resource key names, each part readable. One that was too long for a key is `#` and its SHA-256. */
export function readResourceKey(key: string): { accountId: string; kind: string; id: string } {
  const [accountId = '', kind = '', id = ''] = key.split('|').map(decoded)
  return { accountId, kind, id }
}

/** Half a character cannot be decoded, and is shown as it was encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
