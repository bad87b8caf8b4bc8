import { dateToTicks, parseTicks, type Ticks } from './ticks.ts'
import { scanTopLevel } from './top-level-scanner.ts'

/** What a resource says of its own last change. */
export interface Stamp {
  /** As it is written: two states of a resource with the same text are one. */
  text: string
  /** When the change was; undefined for a version that tells no time. */
  ticks: Ticks | undefined
}

type StampForm = 'ticks' | 'iso' | 'version'

/**
 * Where each kind of resource has its stamp: the schemas of Smokeball's API description. `lastUpdated` is ticks for some kinds and
 * an ISO time for others, and a matter's `versionId` is a text of ticks.
 */
const stampFields: Readonly<
  Record<string, readonly [field: 'lastUpdated' | 'versionId' | 'dateModified', form: StampForm]>
> = {
  matter: ['versionId', 'ticks'],
  contact: ['lastUpdated', 'ticks'],
  task: ['lastUpdated', 'ticks'],
  event: ['lastUpdated', 'iso'],
  matterstage: ['lastUpdated', 'ticks'],
  stageset: ['lastUpdated', 'ticks'],
  memo: ['lastUpdated', 'iso'],
  activitycode: ['versionId', 'version'],
  fee: ['versionId', 'version'],
  expense: ['versionId', 'version'],
  invoice: ['versionId', 'version'],
  files: ['dateModified', 'iso'],
}

/** Whether the stamps of a kind of resource tell when it was changed. */
export function tellsTime(kind: string): boolean {
  return Object.hasOwn(stampFields, kind) && stampFields[kind]?.[1] !== 'version'
}

/** The stamp in a payload's exact text; undefined where the kind has none, or the payload does not say it. */
export function stampOf(kind: string, payloadText: string): Stamp | undefined {
  const [field, form] = (Object.hasOwn(stampFields, kind) && stampFields[kind]) || []
  if (field === undefined || form === undefined) return undefined
  const text = scanTopLevel(payloadText, [field])[field]?.replace(/^"([^"\\]*)"$/, '$1')
  if (text === undefined || text === '' || text === 'null') return undefined
  if (form === 'version') return { text, ticks: undefined }
  const ticks = form === 'ticks' ? ticksIn(text) : ticksOfIso(text)
  return ticks === undefined ? undefined : { text, ticks }
}

function ticksIn(text: string): Ticks | undefined {
  return /^\d{18}$/.test(text) ? parseTicks(text) : undefined
}

/** In whole seconds, as Smokeball writes most: one form may have fractions that another lacks. A time without a zone is UTC. */
export function ticksOfIso(text: string): Ticks | undefined {
  const [, time, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const date = new Date(`${time}${zone}`)
  if (Number.isNaN(date.getTime())) return undefined
  date.setUTCMilliseconds(0)
  return dateToTicks(date)
}
