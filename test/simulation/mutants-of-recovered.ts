import type { Mutant } from './mutant-hooks.ts'

const claim = 'shared/ledger/claim.ts'
const slots = 'shared/ledger/ledger-slots.ts'
const family = 'recovered'

/** Rules of events that catch-up found. */
export const recoveredMutants: readonly Mutant[] = [
  {
    name: 'what catch-up found is new, whatever was seen',
    file: 'functions/consumer/claim-event.ts',
    find: "isRecovered ? 'recovered' : 'newest'",
    replace: "'newest'",
    family,
  },
  {
    name: 'a state that was seen is claimed again',
    file: claim,
    find: "if (claimant.as === 'recovered' && isSeen(claimant, ledger)) return { kind: 'seen' }",
    replace: '',
    family,
  },
  {
    name: 'a state is claimed that was seen before the ledger was read',
    file: claim,
    find: "claimant.as === 'recovered' && !isSeen(claimant, ledger) && isNewest",
    replace: "claimant.as === 'recovered' && isNewest",
    family,
  },
  {
    name: 'a recovered event that was claimed before is seen',
    file: claim,
    find: 'return !slotNamesThis && wasSeen',
    replace: 'return wasSeen',
    family,
  },
  {
    name: 'any event that the slot names is the recovered one',
    file: claim,
    find: 'known?.eventId === eventId && known.ticks === ticks',
    replace: 'known !== undefined',
    family,
  },
  {
    name: 'the ledger keeps no stamps',
    file: 'shared/ledger/ledger-item.ts',
    find: '...(slot.stamp && { s: writeStamp(slot.stamp) }),',
    replace: '',
    family,
  },
  {
    name: 'a payload without a stamp shows nothing',
    file: slots,
    find: '(slot.stamp?.ticks ?? slot.ticks) >= stateTicks',
    replace: '(slot.stamp?.ticks ?? 0n) >= stateTicks',
    family,
  },
  {
    name: 'the same state is a newer one',
    file: slots,
    find: '(slot.stamp?.ticks ?? slot.ticks) >= stateTicks',
    replace: '(slot.stamp?.ticks ?? slot.ticks) > stateTicks',
    family,
  },
  {
    name: 'only one action is looked at',
    file: slots,
    find: '[...seen].some(([name, slot])',
    replace: '[...seen].slice(0, 1).some(([name, slot])',
    family,
  },
  {
    name: 'a recovered event without a ledger is no new one',
    file: claim,
    find: "const isNew = claimant.as === 'recovered' || claimant.replayId !== undefined",
    replace: 'const isNew = claimant.replayId !== undefined',
    family,
  },
  {
    name: 'a redriven recovered event may be seen',
    file: 'functions/consumer/claim-event.ts',
    find: 'opened.envelope.recovered && request.redrivenFence === undefined && !entersNow',
    replace: 'opened.envelope.recovered && !entersNow',
    family,
  },
]
