import { idPathsByKind } from './resource-ids.generated.ts'

/** What an event is about, within its account. `id` is opaque. */
export interface Resource {
  kind: string
  id: string
}

/** `matter.updated` → kind `matter`, action `updated`; a type without a dot has no action. */
export function splitType(type: string): { kind: string; action: string | undefined } {
  const dot = type.indexOf('.')
  return dot < 0
    ? { kind: type, action: undefined }
    : { kind: type.slice(0, dot), action: type.slice(dot + 1) }
}

/** `error` and `noop` tell of no resource: each is a resource of its own and waits for nobody. */
export function isAboutNoResource(kind: string): boolean {
  return kind === 'error' || kind === 'noop'
}

/**
 * The resource that an event is about. Its id is found by the facts table (paths in order), then by `payload.id`;
 * an event whose id cannot be found gets its own event id, and so is a resource of its own.
 * `payload` may be parsed with or without loss: an integer beyond 2^53 is never taken for an id.
 */
export function resourceOf(type: string, payload: unknown, eventId: string): Resource {
  const { kind } = splitType(type)
  if (isAboutNoResource(kind)) return { kind, id: eventId }
  const paths = Object.hasOwn(idPathsByKind, kind) ? idPathsByKind[kind] : undefined
  for (const path of [...(paths ?? []), 'id']) {
    const id = path.includes('href:') ? idInHref(payload, path) : idText(valueAt(payload, path))
    if (id !== undefined) return { kind, id }
  }
  return { kind, id: eventId }
}

function idText(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return Number.isSafeInteger(value) ? String(value) : undefined
}

/** `matter.id`, `items[0].itemId` */
function valueAt(value: unknown, path: string): unknown {
  let at = value
  for (const step of path.split(/[.[\]]+/)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string, unknown>)[step]
  }
  return at
}

/** `href:/matters/{id}/roles`, or the first such link of `items[].href:/matters/{id}/` */
function idInHref(payload: unknown, path: string): string | undefined {
  const [where = '', template = ''] = path.split('href:')
  const [before = '', after = ''] = template.split('{id}')
  const list = where.endsWith('[].') ? valueAt(payload, where.slice(0, -3)) : [payload]
  if (!Array.isArray(list)) return undefined
  for (const holder of list) {
    const href = valueAt(holder, 'href')
    const id = typeof href === 'string' ? segmentBetween(href, before, after) : undefined
    if (id !== undefined) return id
  }
  return undefined
}

function segmentBetween(href: string, before: string, after: string): string | undefined {
  const start = href.indexOf(before)
  if (start < 0) return undefined
  const rest = href.slice(start + before.length)
  const end = rest.indexOf('/')
  const id = end < 0 ? rest : rest.slice(0, end)
  return id !== '' && end >= 0 && rest.slice(end).startsWith(after) ? id : undefined
}
