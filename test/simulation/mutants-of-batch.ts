import type { Mutant } from './mutant-hooks.ts'

const batch = 'functions/consumer/consume-batch.ts'
const groups = 'functions/consumer/groups-by-death.ts'

/** Rules of a batch whose worker dies, is slow, or keeps some of its messages. */
export const batchMutants: readonly Mutant[] = [
  {
    name: 'groups with deaths run beside the others',
    file: groups,
    find: 'deaths: await deathsOf(deps, group, signal)',
    replace: 'deaths: 0 * (await deathsOf(deps, group, signal))',
    family: 'deadly',
  },
  {
    name: 'groups with deaths run side by side',
    file: batch,
    find: 'for (const [index, group] of groups.entries()) {',
    replace:
      'kept.push(...(await Promise.all(groups.map((group) => consumeGroup(deps, group, limit)))).flat())\n  for (const [index, group] of ([] as typeof groups).entries()) {',
    family: 'deadly',
  },
  {
    name: 'deaths that the ledger tells of count for no group',
    file: groups,
    find: 'ledger.deaths(resourceKey, ofIt, signal)',
    replace: '0',
    family: 'deadly',
  },
  {
    name: 'no message is marked',
    file: batch,
    find: 'if (message.receiveCount < markedFromReceive) return',
    replace: 'if (message) return',
    family: 'deadly',
  },
  {
    name: 'a mark is taken for four deaths too early',
    file: batch,
    find: 'if (count > mostDeaths)',
    replace: 'if (count > 1)',
    family: 'deadly',
  },
  {
    name: 'a message is opened however many died of it',
    file: batch,
    find: 'if (count > mostDeaths)',
    replace: 'if (false)',
    family: 'deadly',
  },
  {
    name: 'a message that stays is visible again while those behind it run',
    file: batch,
    find: 'kept.length === 0 && mayBegin ? await consumeOne(deps, message, limit) : deps.clock.now()\n    if (atEpochMs !== undefined) kept.push({ message, atEpochMs })',
    replace:
      'mayBegin ? await consumeOne(deps, message, limit) : deps.clock.now()\n    if (atEpochMs !== undefined) kept.push({ message, atEpochMs })\n    for (const each of kept) await keep(deps, each, limit)',
    family: 'behind',
  },
  {
    name: 'what took too long is reported as done',
    file: batch,
    find: 'return clock.now() < deadlineEpochMs ? result : undefined',
    replace: 'return result',
    family: 'known',
  },
]
