import type { World } from './world.ts'

/** What happened, a line each: seconds, who, what. */
export function formatTrace({ witness }: World): string {
  const start = witness.trace[0]?.[0] ?? 0
  return witness.trace
    .map(([at, ...what]) => [((at - start) / 1000).toFixed(3).padStart(10), ...what.map(text)].join(' '))
    .join('\n')
}

function text(part: unknown): string {
  if (typeof part === 'string') return /^[0-9a-f]{32}$/.test(part) ? part.slice(0, 6) : part
  return JSON.stringify(part) ?? ''
}
