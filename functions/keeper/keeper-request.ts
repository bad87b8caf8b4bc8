import { isAccountId } from '../../shared/smokeball-api/account.ts'
import type { OutsideWrite } from '../../shared/smokeball-api/smokeball-api.ts'

/** What the keeper is to do. */
export type KeeperRequest =
  | { kind: 'all'; schedule: ScheduledRun | undefined }
  | { kind: 'bring-in' }
  | { kind: 'catch-up' }
  | { kind: 'losses' }
  | { kind: 'account'; accountId: string; refreshToken: string | undefined }
  | { kind: 'write'; write: OutsideWrite & { accountId: string } }

/** A run that the schedule has begun, and all its tries. */
export interface ScheduledRun {
  /** When it was to begin. */
  atEpochMs: number
  /** When the next one begins. */
  everyMs: number
}

/** The keeper was asked for something that cannot be meant. The message quotes no value, since one may be a refresh token. */
export class InvalidKeeperRequest extends Error {
  readonly code = 'INVALID_KEEPER_REQUEST'

  constructor(problem: string) {
    super(
      `${problem} Invoke the keeper with { "accountId": "…", "refreshToken": "…" } to connect a firm, with ` +
        '{ "recordWrite": { "accountId": "…", "method": "PATCH", "path": "/matters/…", "reference": "…" } } for a write of ' +
        'yours, with { "bringIn": true } to bring in what was put aside, with { "catchUp": true } to look for what no delivery ' +
        'has told of, with { "deliveriesLost": true } to have that done once the losses can be told, or with {} to look after all accounts.',
    )
    this.name = 'InvalidKeeperRequest'
  }
}

const requestFields = ['accountId', 'refreshToken']
/** Each of these makes a request of its own, and has no other field beside it. */
const kindsAlone = ['bringIn', 'catchUp', 'deliveriesLost', 'recordWrite', 'schedule'] as const
const writeFields = ['accountId', 'method', 'path', 'reference', 'requestId']

/**
 * Reads an invocation's event: `{}`; a schedule's `{ schedule: { at, everyMinutes } }`, `{ bringIn: true }` or
 * `{ catchUp: true }`; that of the rule on alarms, `{ deliveriesLost: true }`; `{ accountId, refreshToken? }`; or
 * `{ recordWrite: { accountId, method, path, reference?, requestId? } }`. Throws `InvalidKeeperRequest`.
 */
export function readKeeperRequest(event: unknown): KeeperRequest {
  const fields = objectOf(event, 'The event')
  const alone = kindsAlone.find((name) => name in fields)
  if (alone !== undefined) refuseOthers(fields, [alone], `beside \`${alone}\``)
  if (alone === 'bringIn') return isTrue(fields, alone, { kind: 'bring-in' })
  if (alone === 'catchUp') return isTrue(fields, alone, { kind: 'catch-up' })
  if (alone === 'deliveriesLost') return isTrue(fields, alone, { kind: 'losses' })
  if (alone === 'recordWrite') return { kind: 'write', write: readWrite(fields.recordWrite) }
  if (alone === 'schedule') return { kind: 'all', schedule: readSchedule(fields.schedule) }
  if (Object.keys(fields).length === 0) return { kind: 'all', schedule: undefined }
  refuseOthers(fields, requestFields)
  const accountId = required(fields, 'accountId')
  if (!isAccountId(accountId)) throw new InvalidKeeperRequest('`accountId` cannot be an account id.')
  return {
    kind: 'account',
    accountId,
    refreshToken: optional(fields, 'refreshToken'),
  }
}

function isTrue(fields: Record<string, unknown>, name: string, request: KeeperRequest): KeeperRequest {
  if (fields[name] !== true) throw new InvalidKeeperRequest(`\`${name}\` is not \`true\`.`)
  return request
}

/**
 * `at`: as EventBridge Scheduler writes its `<aws.scheduler.scheduled-time>`. If that is no time, no account is left out, which
 * costs some looks and no more.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function readSchedule(value: unknown): ScheduledRun {
  const { at, everyMinutes } = objectOf(value, '`schedule`')
  if (!(typeof everyMinutes === 'number' && everyMinutes > 0))
    throw new InvalidKeeperRequest('`schedule.everyMinutes` is no number above 0.')
  const atEpochMs = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return {
    atEpochMs: Number.isNaN(atEpochMs) ? Number.POSITIVE_INFINITY : atEpochMs,
    everyMs: everyMinutes * 60_000,
  }
}

function readWrite(value: unknown): OutsideWrite & { accountId: string } {
  const fields = objectOf(value, '`recordWrite`')
  refuseOthers(fields, writeFields)
  const [reference, requestId] = [optional(fields, 'reference'), optional(fields, 'requestId')]
  return {
    accountId: required(fields, 'accountId'),
    method: required(fields, 'method'),
    path: required(fields, 'path'),
    ...(reference !== undefined && { reference }),
    ...(requestId !== undefined && { requestId }),
  }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new InvalidKeeperRequest(`${what} is no object.`)
}

function refuseOthers(fields: Record<string, unknown>, known: readonly string[], where?: string): void {
  const other = Object.keys(fields).find((name) => !known.includes(name))
  if (other === undefined) return
  throw new InvalidKeeperRequest(`There is no field \`${other}\`${where === undefined ? '' : ` ${where}`}.`)
}

function required(fields: Record<string, unknown>, name: string): string {
  const value = optional(fields, name)
  if (value === undefined) throw new InvalidKeeperRequest(`\`${name}\` is missing.`)
  return value
}

function optional(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && value !== '' && value.length <= 16_384) return value
  throw new InvalidKeeperRequest(`\`${name}\` is no text, or empty.`)
}
