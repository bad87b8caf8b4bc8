declare const ticks: unique symbol

/**
 * A point in time as .NET counts it: 100 ns since 0001-01-01 UTC, 18 digits in our time.
 * Beyond 2^53, so never a `number`: `JSON.parse` rounds it in steps of 128.
 */
export type Ticks = bigint & { readonly [ticks]: true }

/** `DateTime.MaxValue.Ticks`: https://learn.microsoft.com/dotnet/api/system.datetime.maxvalue */
const maxTicks = 3_155_378_975_999_999_999n
/** Ticks of 1970-01-01 UTC (`DateTime.UnixEpoch.Ticks`). */
const unixEpochTicks = 621_355_968_000_000_000n
const ticksPerMs = 10_000n

export class InvalidTicks extends Error {
  readonly code = 'INVALID_TICKS'

  constructor(given: string) {
    super(`Not .NET ticks (a string of up to 19 digits, at most ${maxTicks}): ${given.slice(0, 40)}`)
    this.name = 'InvalidTicks'
  }
}

/** Reads ticks from their digits, as the `Timestamp` header and a body's `timestamp` hold them. Throws `InvalidTicks`. */
export function parseTicks(digits: string): Ticks {
  if (!/^\d{1,19}$/.test(digits)) throw new InvalidTicks(digits)
  return inRange(BigInt(digits))
}

/** Milliseconds since 1970 → ticks. Throws `InvalidTicks` outside the years 1 to 9999. */
export function epochMsToTicks(epochMs: number): Ticks {
  return inRange(BigInt(Math.round(epochMs)) * ticksPerMs + unixEpochTicks)
}

/** Ticks → milliseconds since 1970, cut to whole milliseconds. */
export function ticksToEpochMs(value: Ticks): number {
  const sinceEpoch = value - unixEpochTicks
  const cut = sinceEpoch / ticksPerMs
  return Number(sinceEpoch < 0n && sinceEpoch % ticksPerMs !== 0n ? cut - 1n : cut)
}

export function dateToTicks(date: Date): Ticks {
  return epochMsToTicks(date.getTime())
}

/**
 * Ticks → `Date`, cut to whole milliseconds. Takes the ticks of an event and of payload fields such as
 * `lastUpdated` (`bigint`, or a `number` when they are small). Throws `InvalidTicks`.
 */
export function ticksToDate(value: bigint | number): Date {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new InvalidTicks(`${value}, a number that has lost digits. Parse it as a bigint`)
  return new Date(ticksToEpochMs(inRange(BigInt(value))))
}

/** 19 digits with leading zeros, so that text sorts as time does. */
export function sortableTicks(value: Ticks): string {
  return value.toString().padStart(19, '0')
}

function inRange(value: bigint): Ticks {
  if (value < 0n || value > maxTicks) throw new InvalidTicks(value.toString())
  return value as Ticks
}
