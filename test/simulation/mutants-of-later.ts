import type { Mutant } from './mutant-hooks.ts'

const decision = 'shared/ledger/decide-claim.ts'
const conclusion = 'functions/consumer/conclude.ts'

/** Rules of what is run later, by way of the delay queue. */
export const laterMutants: readonly Mutant[] = [
  // Which message runs the event.
  {
    name: 'a message runs its event whatever token it bears',
    file: decision,
    find: "if (isRetry && (!previous || waitsForAnother)) return { kind: 'duplicate' }",
    replace:
      "if (isRetry && !previous) return { kind: 'duplicate' }\n  if (isRetry) return { kind: 'retry', tries: 1 }",
  },
  {
    name: 'a message finds no token, and runs nothing',
    file: decision,
    find: 'previous?.later !== undefined && previous.later.token !== request.laterToken',
    replace: 'previous?.later?.token !== request.laterToken',
  },
  {
    name: 'a copy waits for a message that is due',
    file: decision,
    find: 'if (waitsForAnother && !isReplayed && !isDue)',
    replace: 'if (waitsForAnother && !isReplayed)',
    family: 'astray',
  },
  {
    name: 'a replay waits',
    file: decision,
    find: 'if (waitsForAnother && !isReplayed && !isDue)',
    replace: 'if (waitsForAnother && !isDue)',
    family: 'replayed',
  },
  // Which message is recorded.
  {
    name: 'a token that is due already is kept',
    file: conclusion,
    find: 'recorded !== undefined && recorded.dueEpochMs > deps.clock.now()',
    replace: 'recorded !== undefined',
    family: 'astray',
  },
  {
    name: 'the outcome is recorded before the delay queue has the message',
    file: conclusion,
    find: 'return await finish({ ...record, later: await delayed(deps, work, record) })',
    replace:
      'const sends: (() => Promise<void>)[] = []\n    const delay: typeof deps.later.delay = async (...given) => void sends.push(() => deps.later.delay(...given))\n    const later = await delayed({ ...deps, later: { ...deps.later, delay } }, work, record)\n    const ended = await finish({ ...record, later })\n    for (const send of sends) await send()\n    return ended',
  },
  {
    name: 'a token is recorded though the delay queue refused it',
    file: conclusion,
    find: 'await deps.later.delay(event, limit.signal)\n  } catch (error) {\n    throw new NotSentOn(error)',
    replace: 'await deps.later.delay(event, limit.signal)\n  } catch {\n    // Left out.',
  },
  // Whom it runs.
  // What becomes of it.
  {
    name: 'a second retry within five minutes is dropped by the queue',
    file: 'shared/queue/later.ts',
    find: 'deduplicationId: deps.randomId()',
    replace: 'deduplicationId: event.eventId',
  },
  {
    name: 'what is due goes round for ever',
    file: 'functions/consumer/move-delayed.ts',
    find: 'event.dueEpochMs > deps.clock.now()',
    replace: 'true',
  },
  {
    name: 'the letter of a retry has no body',
    file: conclusion,
    find: 'opened.retry && text !== undefined ? storedMessage({ ...record, text }) : message',
    replace: 'message',
    family: 'hopeless',
  },
  {
    name: 'the letter of a retry is of no replay',
    file: 'shared/handling/run-plan.ts',
    find: 'letterReplay: replay ?? replayOfPending(previous)',
    replace: 'letterReplay: replay',
    family: 'forced',
  },
  {
    name: 'an event that was given up unread stays without its body',
    file: conclusion,
    find: 'previous === undefined || previous.isUnread',
    replace: 'previous === undefined',
    family: 'deadly',
  },
]
