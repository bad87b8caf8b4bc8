import { decodePart, resourceKey } from '../event/event-identity.ts'

/** The resources whose states tell when they were changed, by the paths of their writes. A write of a file changes those of its matter. */
const writtenAt: readonly [path: RegExp, kind: string][] = [
  [/^\/matters\/([^/]+)$/, 'matter'],
  [/^\/contacts\/([^/]+)$/, 'contact'],
  [/^\/tasks\/([^/]+)$/, 'task'],
  [/^\/events\/([^/]+)$/, 'event'],
  [/^\/matters\/[^/]+\/memos\/([^/]+)$/, 'memo'],
  [/^\/matters\/([^/]+)\/documents\/files(?:\/|$)/, 'files'],
]

/**
 * The key of the resource that a write changes. Undefined where its path names none: the id of what is created is not known before
 * it is answered; or one whose state tells no time.
 */
export function writtenResource(accountId: string, path: string): string | undefined {
  const [plain = ''] = path.split(/[?#]/)
  for (const [pattern, kind] of writtenAt) {
    const [, id] = pattern.exec(plain) ?? []
    if (id !== undefined) return resourceKey(accountId, kind, decodePart(id))
  }
  return undefined
}
