import { dateToTicks, parseTicks, type Ticks } from '../../shared/event/ticks.ts'
import { type Call, Problem, queryOf } from './answers.ts'
import type { ListTraps } from './list-traps.ts'

type Form = 'ticks' | 'iso' | 'iso or ticks'

const bothNames = { LastUpdated: 'iso', UpdatedSince: 'ticks' } as const
const ticksOnly = { UpdatedSince: 'ticks' } as const

/**
 * How each list of changes spells its filter, by Smokeball's API description of August 2026. It ignores what it does not know. Memos
 * and files have none: their rows say when they were changed.
 */
const changeFilters: Readonly<Record<string, Readonly<Partial<Record<string, Form>>>>> = {
  matters: bothNames,
  contacts: ticksOnly,
  tasks: bothNames,
  events: { UpdatedSince: 'iso or ticks' },
  'matters/*/stages': bothNames,
  stagesets: bothNames,
  activitycodes: ticksOnly,
  'matters/*/fees': ticksOnly,
  'matters/*/expenses': ticksOnly,
  'matters/*/invoices': bothNames,
  'matters/*/memos': {},
  'matters/*/documents/files': {},
}

/** Whether the lists of this path tell what changed. */
export function tellsChanges(path: string): boolean {
  return Object.hasOwn(changeFilters, path)
}

/** Since when a call asks for changes; undefined if it asks for all. Throws a `Problem` where it is not written as documented. */
export function sinceOf(call: Call, path: string, { looseTimes }: ListTraps): Ticks | undefined {
  const given = Object.entries(changeFilters[path] ?? {}).flatMap(([name, form = 'ticks']) => {
    const value = queryOf(call, name)
    return value === undefined ? [] : [{ name, form, value }]
  })
  const [filter, other] = given
  if (!filter) return undefined
  if (other) throw notValid(other.name, `${filter.name} and ${other.name} do not go together.`)
  const { name, form, value } = filter
  if (form !== 'iso' && /^\d{1,18}$/.test(value)) return parseTicks(value)
  if (form === 'ticks') throw notValid(name, `The value '${value}' is not valid.`)
  const documented = form === 'iso' ? /^[^.]+$/ : /^[^.]+:\d\d$/
  if (looseTimes === 'refused' && !documented.test(value))
    throw notValid(name, `The value '${value}' is not valid.`)
  return dateToTicks(dateIn(name, value))
}

/** A time of the query. Without a zone it is UTC. Throws a `Problem`. */
export function timeOf(call: Call, name: string): number | undefined {
  const value = queryOf(call, name)
  return value === undefined ? undefined : dateIn(name, value).getTime()
}

function dateIn(name: string, value: string): Date {
  const epochMs = epochMsOf(value)
  if (epochMs === undefined) throw notValid(name, `The value '${value}' is not valid.`)
  return new Date(epochMs)
}

/** A date-time, which is UTC where it has no zone. */
export function epochMsOf(text: string): number | undefined {
  const [, time, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const epochMs = Date.parse(`${time}${zone}`)
  return Number.isNaN(epochMs) ? undefined : epochMs
}

/** A flag of the query. Throws a `Problem`. */
export function flagOf(call: Call, name: string): boolean | undefined {
  const value = queryOf(call, name)?.toLowerCase()
  if (value === undefined) return undefined
  if (value !== 'true' && value !== 'false') throw notValid(name, `The value '${value}' is not valid.`)
  return value === 'true'
}

export function notValid(field: string, message: string): Problem {
  return new Problem(400, 'One or more validation errors occurred.', { errors: [{ field, message }] })
}
