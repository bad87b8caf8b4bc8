import type { Mutant } from './mutant-hooks.ts'

const claim = 'shared/ledger/claim.ts'
const finish = 'shared/ledger/finish.ts'
const eventItem = 'shared/ledger/event-item.ts'

/** Rules of the ledger's writes. */
export const ledgerMutants: readonly Mutant[] = [
  // Conditions of the claim's writes.
  {
    name: 'the newest claim: never as the first of its action',
    file: claim,
    find: "actionIsNewer: 'NOT #slot.#ticks >= :ticks'",
    replace: "actionIsNewer: '#slot.#ticks < :ticks'",
  },
  {
    name: 'the newest claim: whatever was seen',
    file: claim,
    find: "actionIsNewer: 'NOT #slot.#ticks >= :ticks'",
    replace: "actionIsNewer: '(NOT #slot.#ticks >= :ticks OR attribute_exists(#slot))'",
  },
  {
    name: 'the newest claim: though the ledger is full',
    file: claim,
    find: "slotHasRoom: '(attribute_exists(#slot) OR attribute_not_exists(#full))'",
    replace: "slotHasRoom: '(attribute_exists(#full) OR attribute_not_exists(#full))'",
    family: 'crowded',
  },
  {
    name: 'the newest claim: not when its action is newer',
    file: claim,
    find: "actionIsNewer: 'NOT #slot.#ticks >= :ticks'",
    replace: "actionIsNewer: 'attribute_not_exists(#slot) AND NOT #slot.#ticks >= :ticks'",
  },
  {
    name: 'the newest claim: with equal ticks, too',
    file: claim,
    find: "actionIsNewer: 'NOT #slot.#ticks >= :ticks'",
    replace: "actionIsNewer: 'NOT #slot.#ticks > :ticks'",
  },
  {
    name: 'the newest claim: when its action is older',
    file: claim,
    find: "actionIsNewer: 'NOT #slot.#ticks >= :ticks'",
    replace: "actionIsNewer: 'NOT #slot.#ticks <= :ticks'",
  },
  {
    name: 'the newest claim does not keep its ticks',
    file: claim,
    find: "set: ['#slot = :slot'],",
    replace: "set: ['#unused = :slot'],",
  },
  {
    name: 'the lease is taken whatever came between',
    file: claim,
    find: "fenceIsTheOneRead: 'fence = :fenceRead'",
    replace: "fenceIsTheOneRead: '(fence = :fenceRead OR attribute_exists(fence))'",
    family: 'contested',
  },
  {
    name: 'a repeated write does not know its own work',
    file: claim,
    find: 'ledger.lease.owner === claimant.owner',
    replace: 'false',
  },
  {
    name: 'any lease is taken for our own',
    file: claim,
    find: 'ledger.lease.owner === claimant.owner',
    replace: 'ledger.lease.owner !== undefined',
  },
  {
    name: 'a repeated write gives another fence than its own',
    file: claim,
    find: 'previous, fence: ledger.fence, seen',
    replace: 'previous, fence: ledger.fence - 1, seen',
  },
  {
    name: 'a taken lease gives the fence that was read',
    file: claim,
    find: 'previous, fence: taken, seen',
    replace: 'previous, fence: ledger.fence, seen',
  },
  {
    name: 'a repeated taking of the lease forgets what it was for',
    file: claim,
    find: 'if (isOurs) return { kind: tookLeaseAs, previous,',
    replace: "if (isOurs) return { kind: 'retry', previous,",
    family: 'hopeless',
  },
  {
    name: 'a repeated taking of the lease forgets earlier outcomes',
    file: claim,
    find: 'if (isOurs) return { kind: tookLeaseAs, previous,',
    replace: 'if (isOurs) return { kind: tookLeaseAs, previous: undefined,',
    family: 'hopeless',
  },
  {
    name: 'the fence is not raised to the clock',
    file: claim,
    find: 'const fence = Math.max(nowEpochMs, (fenceRead ?? 0) + 1)',
    replace: 'const fence = (fenceRead ?? 0) + 1',
  },
  {
    name: 'a claim in the same millisecond gets the same fence',
    file: claim,
    find: 'const fence = Math.max(nowEpochMs, (fenceRead ?? 0) + 1)',
    replace: 'const fence = Math.max(nowEpochMs, fenceRead ?? 0)',
  },
  {
    name: 'the newest claim: though the fence is ahead of the clock',
    file: claim,
    find: "fenceIsBehindTheClock: 'NOT fence >= :fence'",
    replace: "fenceIsBehindTheClock: '(NOT fence >= :fence OR attribute_exists(fence))'",
  },
  {
    name: 'only the fence was in the way, and the event counts as late',
    file: claim,
    find: 'if (mayBeNewest(claimant) && isNewest(claimant, ledger)) continue',
    replace: '',
  },
  {
    name: 'a claim sees no older actions',
    file: claim,
    find: 'return { kind: tookLeaseAs, previous, fence, seen, writes }',
    replace: 'return { kind: tookLeaseAs, previous, fence, seen: new Map(), writes }',
  },
  {
    name: 'a taken lease keeps no tries',
    file: claim,
    find: 'claimant, ledger, decision.tries)',
    replace: 'claimant, ledger, 1)',
  },
  {
    name: 'the shared slot is not used',
    file: claim,
    find: 'ledger.isFull && !seen.has(claimant.slot)',
    replace: 'false && !seen.has(claimant.slot)',
    family: 'crowded',
  },
  {
    name: 'listed actions share a slot in a full ledger, too',
    file: claim,
    find: 'slot !== sharedSlot(origin) && !isListed(type)',
    replace: 'slot !== sharedSlot(origin)',
    family: 'crowded',
  },
  {
    name: 'the ledger is never marked as full',
    file: claim,
    find: 'isCrowded && !ledger.isFull',
    replace: 'false && !ledger.isFull',
    family: 'crowded',
  },
  // Bodies that do not last as long as their events.
  {
    name: 'a body goes though its event is to be run again',
    file: 'shared/ledger/retention.ts',
    find: "status !== 'failed' && status !== 'dead-lettered'",
    replace: "status !== 'dead-lettered'",
    family: 'shortLived',
  },
  {
    name: 'a body is looked for under the fence of the last run',
    file: eventItem,
    find: '...(record.bodyFence !== undefined && { bodyFence',
    replace: '...(false && { bodyFence',
    family: 'shortLived',
  },
  // Conditions of Finish.
  {
    name: 'Finish: not as the first',
    file: finish,
    find: "noHigherFenceIsRecorded: 'NOT fence > :fence'",
    replace: "noHigherFenceIsRecorded: 'fence <= :fence'",
  },
  {
    name: 'Finish: not over an earlier one',
    file: finish,
    find: "noHigherFenceIsRecorded: 'NOT fence > :fence'",
    replace: "noHigherFenceIsRecorded: 'attribute_not_exists(fence) AND NOT fence > :fence'",
  },
  {
    name: 'Finish: not again',
    file: finish,
    find: "noHigherFenceIsRecorded: 'NOT fence > :fence'",
    replace: "noHigherFenceIsRecorded: 'NOT fence >= :fence'",
  },
  {
    name: 'Finish: over a later one',
    file: finish,
    find: "noHigherFenceIsRecorded: 'NOT fence > :fence'",
    replace: "noHigherFenceIsRecorded: '(NOT fence > :fence OR attribute_exists(fence))'",
  },
  {
    name: 'an outdated Finish is told to be recorded',
    file: finish,
    find: "(await isWritten(deps, put, signal)) ? 'recorded' : 'outdated'",
    replace: "(await isWritten(deps, put, signal)) ? 'recorded' : 'recorded'",
  },
  {
    name: 'an outdated change of the outcome is told to be recorded',
    file: finish,
    find: "'outdated' : 'not-there'",
    replace: "'recorded' : 'not-there'",
  },
  {
    name: 'the outcome is changed over a later one',
    file: finish,
    find: 'ConditionExpression: `${clauses.eventIsRecorded',
    replace: 'ConditionExpression: clauses.eventIsRecorded || `${clauses.eventIsRecorded',
  },
]
