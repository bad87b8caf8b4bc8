import type { Mutant } from './mutant-hooks.ts'

const slots = 'shared/ledger/ledger-slots.ts'
const family = 'imported'

/** Rules of events that an import made for one handler. */
export const importMutants: readonly Mutant[] = [
  {
    name: 'an import is for all that are subscribed',
    file: 'shared/handling/run-plan.ts',
    find: 'importedFor === undefined || name === importedFor',
    replace: 'importedFor === undefined || name !== undefined',
    family,
  },
  {
    name: 'what was imported for one supersedes older events for all',
    file: 'shared/ledger/claim.ts',
    find: 'importedFor === undefined ? slotOf(type, origin) : importSlot(importedFor)',
    replace: 'slotOf(type, origin)',
    family,
  },
  {
    name: 'what was imported supersedes nothing',
    file: slots,
    find: '[...slots, importSlot(handler.name)]',
    replace: 'slots',
    family,
  },
  {
    name: 'what was imported for one was seen by all',
    file: slots,
    find: 'if (name.startsWith(importPrefix)) return false',
    replace: '',
    family,
  },
  {
    name: 'imports of one state for two handlers are one event',
    file: 'shared/event/event-identity.ts',
    find: "['import', resourceKey, handler, ticks.toString()]",
    replace: "['import', resourceKey, ticks.toString()]",
    family,
  },
]
