import type { Mutant } from './mutant-hooks.ts'

const decision = 'shared/ledger/decide-claim.ts'
const slots = 'shared/ledger/ledger-slots.ts'

/** Rules of the decision on a claim, and of what is late. */
export const claimMutants: readonly Mutant[] = [
  // The decision.
  {
    name: 'nothing is ever finished',
    file: decision,
    find: 'const isFinished = previous !== undefined',
    replace: 'const isFinished = false && previous !== undefined',
  },
  {
    name: 'a failed event is finished',
    file: decision,
    find: "previous.status !== 'failed' && !isRedriven",
    replace: '!isRedriven',
  },
  {
    name: 'a redriven event is finished',
    file: decision,
    find: "previous.status !== 'failed' && !isRedriven",
    replace: "previous.status !== 'failed'",
  },
  {
    name: 'every copy of a dead letter runs it anew',
    file: decision,
    find: '(request.redrivenFence ?? 0) >= previous.fence',
    replace: 'true',
    family: 'hopeless',
  },
  {
    name: 'an event whose record has expired is new',
    file: decision,
    find: 'if (isFinished || recordHasExpired)',
    replace: 'if (isFinished)',
  },
  {
    name: 'an event that the ledger names has expired at once',
    file: decision,
    find: 'slot.claimedEpochMs < nowEpochMs - eventsKeptMs',
    replace: 'slot.claimedEpochMs < nowEpochMs',
  },
  {
    name: 'any event has expired once the slot is old',
    file: decision,
    find: '!previous && slotNamesThis && slot.claimedEpochMs',
    replace: '!previous && slot !== undefined && slot.claimedEpochMs',
  },
  {
    name: 'the lease is always free',
    file: decision,
    find: 'if (!leaseIsFree)',
    replace: 'if (false)',
    family: 'contested',
  },
  {
    name: 'the lease is not free when it names another event',
    file: decision,
    find: '!leaseNamesThis || leaseIsOver || holderIsThrough',
    replace: 'leaseIsOver || holderIsThrough',
  },
  {
    name: 'the lease is not free when it is over',
    file: decision,
    find: '!leaseNamesThis || leaseIsOver || holderIsThrough',
    replace: '!leaseNamesThis || holderIsThrough',
  },
  {
    name: 'the lease is not free when its holder is through',
    file: decision,
    find: '!leaseNamesThis || leaseIsOver || holderIsThrough',
    replace: '!leaseNamesThis || leaseIsOver',
  },
  {
    name: 'a holder is through once any run was recorded',
    file: decision,
    find: 'previous?.fence === ledger.fence',
    replace: 'previous !== undefined',
  },
  {
    name: 'deaths are not counted',
    file: decision,
    find: 'holderDied ? lease.tries + 1 : 1',
    replace: '1',
  },
  {
    name: 'every run counts as a death',
    file: decision,
    find: 'const holderDied = leaseNamesThis && !holderIsThrough',
    replace: 'const holderDied = leaseNamesThis',
  },
  {
    name: 'a crash loop is never given up',
    file: decision,
    find: 'if (tries > maxTries)',
    replace: 'if (false)',
  },
  {
    name: 'a crash loop is given up too early',
    file: decision,
    find: 'if (tries > maxTries)',
    replace: 'if (tries >= maxTries - 1)',
    family: 'hopeless',
  },
  // Late, and origins.
  {
    name: 'nothing is late',
    file: slots,
    find: 'value.ticks > ticks',
    replace: 'value.ticks < 0n && value.ticks > ticks',
  },
  {
    name: 'a tie is late',
    file: slots,
    find: 'value.ticks > ticks',
    replace: 'value.ticks >= ticks',
  },
  {
    name: 'own events supersede for handlers that skip them',
    file: slots,
    find: "return handler.own === 'handle' ? ['foreign', 'own'] : ['foreign']",
    replace: "return handler ? ['foreign', 'own'] : ['foreign']",
  },
  {
    name: 'own events supersede for nobody',
    file: slots,
    find: "return handler.own === 'handle' ? ['foreign', 'own'] : ['foreign']",
    replace: "return ['foreign']",
  },
  {
    name: 'both origins have one slot',
    file: slots,
    find: "const initial = { own: 'o', foreign: 'f' } as const",
    replace: "const initial = { own: 'f', foreign: 'f' } as const",
  },
  {
    name: 'late is decided for the resource, not for the handler',
    file: slots,
    find: 'if (isSubscribedToAll(handler, kind)) {',
    replace: 'if (isSubscribedToAll(handler, kind) || handler) {',
  },
  {
    name: 'a wildcard takes the type without an action, too',
    file: slots,
    find: 'isSubscribed(handler, kind) ? undefined :',
    replace: 'true ? undefined :',
  },
  {
    name: 'an action without a slot of its own is not looked for in the shared one',
    file: slots,
    find: 'seen.has(slot) || isListed(type) ? slot : sharedSlot(origin)',
    replace: 'slot',
    family: 'crowded',
  },
  {
    name: 'a listed action is looked for in the shared slot',
    file: slots,
    find: 'seen.has(slot) || isListed(type) ?',
    replace: 'seen.has(slot) ?',
    family: 'crowded',
  },
]
