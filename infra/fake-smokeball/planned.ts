import { isAtPlace, type Where } from './place.ts'

export interface Planned<T> {
  /** For the next `times` calls of a place, after those that were planned for it before. */
  add(times: number, what: T, where?: Where): void
  /** What is planned for this call, used up with that. */
  take(call: { method: string; pathname: string }): T | undefined
}

/** What is to go wrong: with calls, or with the writes that they ask for. */
export function planned<T>(): Planned<T> {
  const plans: { left: number; what: T; where: Where }[] = []
  return {
    add(times, what, where = {}) {
      plans.push({ left: times, what, where })
    },
    take(call) {
      const next = plans.find(({ left, where }) => left > 0 && isAtPlace(where, call))
      if (next) next.left -= 1
      return next?.what
    },
  }
}
