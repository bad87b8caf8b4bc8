import type { History } from './history.ts'

/** What chance decided in none of them. */
export const ordinary: Omit<History, 'events' | 'handlers' | 'scripts' | 'faults' | 'replays'> = {
  deliveries: [{ event: 0, subscription: 0, afterMs: 0 }],
  paceMs: 0,
  latencies: [250],
  delays: [{ lateMs: 0, copies: 1 }],
  redrives: [],
  batchSize: 10,
  lateHandlesDelete: true,
  itemOnFailure: false,
  knownActions: 0,
  probe: 'none',
  bodies: 'kept',
}

/**
 * Where random histories found a promise broken while retries were kept in the queue: a worker that had stalled reported its
 * message as done, and the retry that its successor had planned was gone; a replay for others then left it without an end.
 */
export const knownHistories: Record<string, History> = {
  'a stall before Finish, while the successor is asked for RetryAfter (seed 9002)': {
    ...ordinary,
    events: [{ resource: 1, type: 'contact.updated', ticks: 0, own: true }],
    deliveries: [{ event: 0, subscription: 1, afterMs: 0 }],
    handlers: ['journal'],
    scripts: [
      {
        handler: 0,
        event: 0,
        runs: [
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'exit' },
          { ms: 40, end: 'succeed' },
        ],
        poison: false,
      },
      {
        handler: 6,
        event: 0,
        runs: [
          { ms: 0, end: 'succeed' },
          { ms: 40, end: 'retry-after' },
        ],
        poison: false,
      },
    ],
    faults: [{ at: 'finish', nth: 0, what: 'stalls-before', overMs: 1500 }],
    itemOnFailure: true,
    replays: [{ atMs: 301_000, event: 0, id: 'r1', whom: ['audit'], force: false, copies: 2 }],
  },
  'a stall in a handler, while the successor is asked for RetryAfter (seed 9003)': {
    ...ordinary,
    events: [{ resource: 0, type: 'contact.created', ticks: 0, own: false }],
    handlers: ['audit'],
    scripts: [
      {
        handler: 2,
        event: 0,
        runs: [
          { ms: 0, end: 'succeed' },
          { ms: 40, end: 'retry-after' },
          { ms: 0, end: 'succeed' },
        ],
        poison: false,
      },
      {
        handler: 0,
        event: 0,
        runs: [
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'exit' },
          { ms: 0, end: 'succeed' },
        ],
        poison: false,
      },
    ],
    faults: [{ at: 'handler', nth: 0, what: 'stalls-before', overMs: 3000 }],
    latencies: [0, 0, 250, 900],
    replays: [{ atMs: 301_000, event: 0, id: 'r1', whom: ['mirror'], force: false, copies: 1 }],
  },
  'a stall in a handler beside a slow one, while the successor fails (seed 9004)': {
    ...ordinary,
    events: [{ resource: 0, type: 'contact.updated', ticks: 0, own: false }],
    deliveries: [{ event: 0, subscription: 1, afterMs: 0 }],
    handlers: ['audit', 'journal'],
    paceMs: 9000,
    scripts: [
      { handler: 0, event: 0, runs: [{ ms: 40, end: 'succeed' }], poison: true },
      {
        handler: 2,
        event: 0,
        runs: [
          { ms: 0, end: 'succeed' },
          { ms: 40, end: 'fail' },
        ],
        poison: false,
      },
    ],
    faults: [{ at: 'handler', nth: 0, what: 'stalls-before', overMs: 1 }],
    replays: [{ atMs: 301_000, event: 0, id: 'r1', whom: ['changes'], force: false, copies: 2 }],
  },
  // Its delayed message finds the letter's record, and is done; what the worker then records would have no message.
  'a stall before Finish of a redriven letter, until its own message is due again (seed 1307475683)': {
    ...ordinary,
    events: [{ resource: 0, type: 'contact.updated', ticks: 0, own: false }],
    handlers: ['mirror'],
    scripts: [
      {
        handler: 3,
        event: 0,
        runs: [
          { ms: 0, end: 'permanent-failure' },
          { ms: 0, end: 'fail' },
          { ms: 0, end: 'fail' },
        ],
        poison: true,
      },
    ],
    faults: [
      { at: 'finish', nth: 1, what: 'stalls-before', overMs: 1 },
      { at: 'claim', nth: 1, what: 'refused', overMs: 1 },
    ],
    latencies: [0, 0, 30],
    delays: [
      { lateMs: 700, copies: 1 },
      { lateMs: 0, copies: 2 },
    ],
    deliveries: [{ event: 0, subscription: 0, afterMs: 5 }],
    redrives: [{ atMs: 20_000, keepsCopy: false, keepsGroup: true }],
    replays: [],
  },
}
