/**
 * Something that acts in simulated time, and may stop. What a dead one had planned never comes. What comes to a frozen
 * one, it gets when it thaws; its own timers stand still meanwhile, as a suspended machine's do.
 */
export interface Actor {
  isDead: boolean
  frozenFromEpochMs: number
  frozenUntilEpochMs: number
}

export interface SimulatedTime {
  now(): number
  /** Runs `action` at `atEpochMs`, or at once if that is over; the returned function cancels it. */
  schedule(atEpochMs: number, action: () => void, actor?: Actor, kind?: 'timer'): () => void
  /** Goes on to the next action and runs it; false when nothing is planned. */
  step(): boolean
}

interface Planned {
  atEpochMs: number
  order: number
  action: () => void
  actor: Actor | undefined
  isTimer: boolean
  isCancelled: boolean
}

/** Time that stands still but for `step`. What is due at the same time runs in the order in which it was planned. */
export function simulatedTime(startEpochMs: number): SimulatedTime {
  const heap: Planned[] = []
  let nowEpochMs = startEpochMs
  let order = 0

  const plan = (planned: Planned) => {
    heap.push(planned)
    siftUp(heap, heap.length - 1)
  }
  return {
    now: () => nowEpochMs,
    schedule(atEpochMs, action, actor, kind) {
      const planned = {
        atEpochMs: Math.max(atEpochMs, nowEpochMs),
        order: order++,
        action,
        actor,
        isTimer: kind === 'timer',
        isCancelled: false,
      }
      plan(planned)
      return () => {
        planned.isCancelled = true
      }
    },
    step() {
      for (let next = take(heap); next; next = take(heap)) {
        if (next.isCancelled || next.actor?.isDead) continue
        nowEpochMs = next.atEpochMs
        if (!next.actor || next.actor.frozenUntilEpochMs <= nowEpochMs) {
          next.action()
          return true
        }
        const { frozenFromEpochMs, frozenUntilEpochMs } = next.actor
        const leftMs = next.isTimer ? nowEpochMs - frozenFromEpochMs : 0
        // In the order in which it was due, since that is the order in which it is planned anew.
        plan(Object.assign(next, { atEpochMs: frozenUntilEpochMs + leftMs, order: order++ }))
      }
      return false
    },
  }
}

function isBefore(one: Planned | undefined, other: Planned | undefined): boolean {
  if (!one || !other) return false
  return one.atEpochMs < other.atEpochMs || (one.atEpochMs === other.atEpochMs && one.order < other.order)
}

function swap(heap: Planned[], one: number, other: number): void {
  const [kept, moved] = [heap[one], heap[other]]
  if (!kept || !moved) return
  heap[one] = moved
  heap[other] = kept
}

function siftUp(heap: Planned[], from: number): void {
  for (let at = from; at > 0; ) {
    const parent = (at - 1) >> 1
    if (!isBefore(heap[at], heap[parent])) return
    swap(heap, at, parent)
    at = parent
  }
}

function take(heap: Planned[]): Planned | undefined {
  swap(heap, 0, heap.length - 1)
  const first = heap.pop()
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const least = isBefore(heap[right], heap[left]) ? right : left
    if (!isBefore(heap[least], heap[at])) return first
    swap(heap, at, least)
    at = least
  }
}
