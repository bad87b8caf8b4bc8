import type { Mutant } from './mutant-hooks.ts'

const decision = 'shared/ledger/decide-claim.ts'
const claim = 'shared/ledger/claim.ts'
const plan = 'shared/handling/run-plan.ts'
const runs = 'shared/handling/run-handlers.ts'
const conclusion = 'functions/consumer/conclude.ts'
const judgement = 'functions/consumer/judgement.ts'

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
    file: judgement,
    find: 'return [...before.filter(({ id }) => id !== replay.id), { id: replay.id, atEpochMs, outcome }]',
    replace: 'return before.filter(({ id }) => id !== replay.id)',
  },
  {
    name: 'a replay forgets those before it',
    file: judgement,
    find: 'return [...before.filter(({ id }) => id !== replay.id), {',
    replace: 'return [{',
  },
  {
    name: 'what is no replay forgets those before it',
    file: judgement,
    find: 'return before.map((earlier) => {',
    replace: 'return ([] as typeof before).map((earlier) => {',
  },
  {
    name: 'a replay takes no lease',
    file: claim,
    find: ': { fence: undefined, ledger }\n}',
    replace: ': { fence: ledger.fence, ledger }\n}',
  },
  {
    name: 'a replay moves the newest action',
    file: claim,
    find: "claimant.as === 'known' && isNewest(claimant, ledger)",
    replace: "claimant.as === 'known'",
    family: 'forced',
  },
  // Whom it is for.
  {
    name: 'a replay is for all',
    file: plan,
    find: "replay === undefined || replay.handlers === 'all'",
    replace: 'replay?.handlers !== undefined || replay === undefined',
  },
  {
    name: 'a replay of what failed is for all',
    file: plan,
    find: "'failed' ? openOf(namesOf(subscribed), previous)",
    replace: "'failed' ? namesOf(subscribed)",
  },
  // What it begins with.
  {
    name: 'a replay keeps what its handlers came to',
    file: plan,
    find: 'return Object.fromEntries(entries.filter(([name]) => !isDue(name)))',
    replace: 'return Object.fromEntries(entries)',
  },
  {
    name: 'a replay forgets what others came to',
    file: plan,
    find: 'return Object.fromEntries(entries.filter(([name]) => !isDue(name)))',
    replace: 'return {}',
  },
  {
    name: 'a new replay does not take over what failed',
    file: plan,
    find: 'if (asked && isNewTo(asked.id, previous)) return asked\n',
    replace: '',
  },
  // Its retries.
  {
    name: 'a retry is of no replay',
    file: runs,
    find: "...(ending.how !== 'done' && recordOfReplay(replay)),",
    replace: '',
  },
  {
    name: 'a retry is of the replay whose message brings it',
    file: plan,
    find: 'if (!record) return asked\n',
    replace: 'if (!record || asked) return asked\n',
  },
  {
    name: 'the letter of a replay makes all its own',
    file: plan,
    find: '  return recordedReplay(record)\n',
    replace: '  return recordedReplay(record) ?? asked\n',
  },
  {
    name: 'a retry is not forced any more',
    file: plan,
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
    file: judgement,
    find: 'const event = eventAfter(plan, run, all)',
    replace: 'const event = run',
  },
  {
    name: 'what is left of others is not dead-lettered anew',
    file: judgement,
    find: "return areOthers && facts.previous?.dropped ? { ...all, status: 'dropped' } : all",
    replace: 'return areOthers ? run : all',
  },
  {
    name: 'what was given up as crashed is not recorded',
    file: judgement,
    find: '    records,\n    nowEpochMs,\n  )',
    replace: '    plan.facts.previous?.handlers ?? {},\n    nowEpochMs,\n  )',
  },
  {
    name: 'what waits for its retry is not given up as crashed',
    file: judgement,
    find: '[...plan.runs, ...plan.waiting]',
    replace: 'plan.runs.filter(({ earlier }) => !earlier)',
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
    find: "writeReplay({ ...plan.letterReplay, handlers: 'failed' })",
    replace: "writeReplay({ handlers: 'failed', ...plan.letterReplay })",
  },
]

/** Rules that replays add. */
export const replayMutants: readonly Mutant[] = ofReplays.map((mutant) => ({ family: 'replayed', ...mutant }))
