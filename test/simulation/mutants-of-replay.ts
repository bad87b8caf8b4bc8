import type { Mutant } from './mutant-hooks.ts'

const decision = 'shared/ledger/decide-claim.ts'
const ledger = 'shared/ledger/dynamodb-ledger.ts'
const due = 'shared/handling/due-handlers.ts'
const runs = 'shared/handling/run-handlers.ts'
const process = 'functions/consumer/process-event.ts'
const conclusion = 'functions/consumer/conclude.ts'
const verdicts = 'functions/consumer/verdicts.ts'

const ofReplays: readonly Mutant[] = [
  // Which replay opens a finished event.
  {
    name: 'no replay opens a finished event',
    file: decision,
    find: '&& !isRedriven && !isReplayed',
    replace: '&& !isRedriven',
  },
  {
    name: 'a recorded replay opens its event again',
    file: decision,
    find: 'request.replayId !== undefined && isNewTo(request.replayId, previous)',
    replace: 'request.replayId !== undefined',
  },
  {
    name: 'a recorded replay begins anew',
    file: 'shared/ledger/replay.ts',
    find: 'return !previous?.replays?.some((replay) => replay.id === id)',
    replace: "return id !== '' || previous === undefined",
  },
  {
    name: 'a replay is not recorded',
    file: conclusion,
    find: 'replays: [...before.filter(({ id }) => id !== replay.id), { id: replay.id, atEpochMs, outcome }],',
    replace: 'replays: before.filter(({ id }) => id !== replay.id),',
  },
  {
    name: 'a replay forgets those before it',
    file: conclusion,
    find: 'replays: [...before.filter(({ id }) => id !== replay.id), {',
    replace: 'replays: [{',
  },
  {
    name: 'what is no replay forgets those before it',
    file: conclusion,
    find: '  return { replays }\n',
    replace: '  return {}\n',
  },
  {
    name: 'a replay takes no lease',
    file: ledger,
    find: 'if (ledger) return { fence: undefined, ledger }',
    replace: 'if (ledger) return { fence: ledger.fence, ledger }',
  },
  {
    name: 'a replay moves the newest action',
    file: ledger,
    find: "claimant.as === 'known' && isNewest(claimant, ledger)",
    replace: "claimant.as === 'known'",
    family: 'forced',
  },
  // Whom it is for.
  {
    name: 'a replay is for all',
    file: due,
    find: "replay === undefined || replay.handlers === 'all'",
    replace: 'replay?.handlers !== undefined || replay === undefined',
  },
  {
    name: 'a replay of what failed is for all',
    file: due,
    find: 'openOf(namesOf(subscribed), previous)',
    replace: 'namesOf(subscribed)',
  },
  // What it begins with.
  {
    name: 'a replay keeps what its handlers came to',
    file: due,
    find: 'return Object.fromEntries(entries.filter(([name]) => !isDue(name)))',
    replace: 'return Object.fromEntries(entries)',
  },
  {
    name: 'a replay forgets what others came to',
    file: due,
    find: 'return Object.fromEntries(entries.filter(([name]) => !isDue(name)))',
    replace: 'return {}',
  },
  {
    name: 'a new replay does not take over what failed',
    file: due,
    find: 'if (replay && isNewTo(replay.id, previous)) return replay\n',
    replace: '',
  },
  // Its retries.
  {
    name: 'a retry is of no replay',
    file: runs,
    find: "...(ending.how !== 'done' && ofReplay(replay)),",
    replace: '',
  },
  {
    name: 'a retry is of the replay whose message brings it',
    file: due,
    find: 'if (!record) return replay\n',
    replace: 'if (!record || replay !== previous) return replay\n',
  },
  {
    name: 'the letter of a replay makes all its own',
    file: due,
    find: 'return record.replay === undefined ? undefined :',
    replace: 'return record.replay === undefined ? replay :',
  },
  {
    name: 'a retry is not forced any more',
    file: due,
    find: '...(replay.force && { forced: true })',
    replace: '',
    family: 'forced',
  },
  // The order.
  {
    name: 'a replay is not forced',
    file: runs,
    find: '!isAboutNoResource(kind) && !replay?.force)',
    replace: '!isAboutNoResource(kind))',
    family: 'forced',
  },
  {
    name: 'every replay is forced',
    file: runs,
    find: '!isAboutNoResource(kind) && !replay?.force)',
    replace: '!isAboutNoResource(kind) && !replay)',
  },
  // What becomes of the event.
  {
    name: 'a replay decides for others that are pending or gave up',
    file: verdicts,
    find: 'event: afterReplay(run, all, previous)',
    replace: 'event: run',
  },
  {
    name: 'what is left of others is not dead-lettered anew',
    file: verdicts,
    find: "return isOthers && previous?.dropped ? { ...all, status: 'dropped' } : all",
    replace: 'return isOthers ? run : all',
  },
  {
    name: 'what was given up as crashed is not recorded',
    file: process,
    find: 'crashedRecords(deps.handlers, opened, claim))',
    replace: 'claim.previous?.handlers ?? {})',
  },
  {
    name: 'what waits for its retry is not given up as crashed',
    file: 'functions/consumer/crashed-records.ts',
    find: 'isPending(record.outcome) && isSubscribed(handler, type)',
    replace: 'false',
  },
  {
    name: 'the letter of a replay is not sent',
    file: conclusion,
    find: "if (record.status === 'dead-lettered') await deadLetter(",
    replace: "if (record.status === 'dead-lettered' && !work.opened.replay) await deadLetter(",
  },
  {
    name: 'the letter of a replay is for those of the replay',
    file: conclusion,
    find: "const forAll = writeReplay({ ...replay, handlers: 'failed' })",
    replace: 'const forAll = writeReplay(replay)',
  },
]

/** Rules that replays add. */
export const replayMutants: readonly Mutant[] = ofReplays.map((mutant) => ({ family: 'replayed', ...mutant }))
