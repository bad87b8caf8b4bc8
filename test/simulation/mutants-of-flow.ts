import type { Mutant } from './mutant-hooks.ts'

const runs = 'shared/run-handlers.ts'
const process = 'functions/consumer/process-event.ts'
const conclusion = 'functions/consumer/conclude.ts'
const batch = 'functions/consumer/consume-batch.ts'
const verdict = 'functions/consumer/verdict.ts'
const letters = 'shared/dead-letters.ts'

/** Rules of running the handlers, and of the flow around them. */
export const flowMutants: readonly Mutant[] = [
  // Running the handlers.
  {
    name: 'earlier outcomes are forgotten',
    file: runs,
    find: 'if (earlier && !isPending(earlier.outcome)) return earlier',
    replace: '',
  },
  {
    name: 'a handler runs before it is due',
    file: runs,
    find: 'if (earlier && (earlier.notBeforeEpochMs ?? 0) > deps.clock.now()) return earlier',
    replace: '',
  },
  {
    name: 'own events are handled by handlers that skip them',
    file: runs,
    find: "claimed.own && handler.own === 'skip' && kind !== 'error'",
    replace: 'false',
  },
  {
    name: 'own errors are skipped',
    file: runs,
    find: "claimed.own && handler.own === 'skip' && kind !== 'error'",
    replace: "claimed.own && handler.own === 'skip'",
  },
  {
    name: 'a late event runs for latest handlers',
    file: runs,
    find: "if (late && handler.order === 'latest' && !isAboutNoResource(kind) && !replay?.force)",
    replace: 'if (false)',
  },
  {
    name: 'a late event is superseded for every handler',
    file: runs,
    find: "if (late && handler.order === 'latest' && !isAboutNoResource(kind) && !replay?.force)",
    replace: 'if (late)',
  },
  {
    name: 'a redrive keeps the handlers that gave up',
    file: 'shared/due-handlers.ts',
    find: "if (previous?.status !== 'dead-lettered') return",
    replace: 'if (true) return',
  },
  {
    name: 'failures are not counted',
    file: runs,
    find: 'failures: failures + 1, waits',
    replace: 'failures: 0 * failures + 1, waits',
  },
  {
    name: 'waits are not counted',
    file: runs,
    find: 'waits: waits + 1, ...ran',
    replace: 'waits: 0 * waits + 1, ...ran',
  },
  {
    name: 'a run past the time limit is waited for',
    file: runs,
    find: "end({ how: 'ran-out-of-time', thrown: timeIsUp }),",
    replace: 'undefined,',
  },
  {
    name: 'a permanent failure is tried again',
    file: runs,
    find: 'if (isPermanentFailure(ending.thrown))',
    replace: 'if (false)',
  },
  // The flow.
  {
    name: 'Finish comes before the dead-letter queue has it',
    file: conclusion,
    find: "if (event.status === 'dead-lettered') await deadLetter(deps, work, record)\n  const recorded = await deps.ledger.finish(record, limit.signal)",
    replace:
      "const recorded = await deps.ledger.finish(record, limit.signal)\n  if (event.status === 'dead-lettered') await deadLetter(deps, work, record)",
    family: 'contested',
  },
  {
    name: 'nothing is recorded when the dead-letter queue fails',
    file: conclusion,
    find: "await deps.ledger.finish({ ...record, status: 'failed' }, work.limit.signal)",
    replace: '',
  },
  {
    name: 'handlers run though the time was over when the claim was made',
    file: process,
    find: 'deps.clock.now() >= limit.giveUpEpochMs',
    replace: 'false',
    family: 'contested',
  },
  {
    name: 'a failing dead-letter queue is taken for done',
    file: conclusion,
    find: "'failed' }, work.limit.signal)\n    throw error",
    replace: "'failed' }, work.limit.signal)",
    family: 'contested',
  },
  {
    name: 'nothing goes to the dead-letter queue',
    file: conclusion,
    find: "if (event.status === 'dead-lettered') await deadLetter(deps, work, record)",
    replace: '',
  },
  {
    name: 'an outdated message is done',
    file: conclusion,
    find: "{ outcome: 'outdated', retryAtEpochMs: deps.clock.now(), envelope, note }",
    replace: "{ outcome: 'outdated', envelope }",
    family: 'contested',
  },
  {
    name: 'a busy message is done',
    file: process,
    find: "{ outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, envelope, note }",
    replace: "{ outcome: 'busy', envelope }",
  },
  {
    name: 'the lease ends long before the time limit',
    file: process,
    find: 'limit.deadlineEpochMs + leaseMarginMs',
    replace: 'limit.startEpochMs - leaseMarginMs',
    family: 'contested',
  },
  {
    name: 'a failed event is done',
    file: batch,
    find: 'return processed.retryAtEpochMs',
    replace: 'return undefined',
  },
  {
    name: 'a message that threw is done',
    file: batch,
    find: 'return deps.clock.now() + waitMs',
    replace: 'return undefined',
  },
  {
    name: 'a message that was not started is done',
    file: batch,
    find: 'await keep(deps, message, deps.clock.now(), limit)\n      kept.push(message.messageId)',
    replace: 'await keep(deps, message, deps.clock.now(), limit)',
  },
  {
    name: 'an event is started however little time is left',
    file: batch,
    find: 'index > 0 && !isTimeForOneMore(deps, limit)',
    replace: 'index < 0 && !isTimeForOneMore(deps, limit)',
  },
  {
    name: 'the events of a resource run side by side',
    file: batch,
    find: 'Map.groupBy(messages, ({ groupId }) => groupId)',
    replace: 'Map.groupBy(messages, ({ messageId }) => messageId)',
  },
  {
    name: 'an event that failed in part is finished',
    file: verdict,
    find: 'if (pending.length > 0)',
    replace: 'if (false)',
  },
  {
    name: 'dead-lettered while a handler will run again',
    file: verdict,
    find: 'if (pending.length > 0)',
    replace: 'if (pending.length > 1)',
  },
  {
    name: 'what gave up is taken for done',
    file: verdict,
    find: 'if (givenUp.length > 0)',
    replace: 'if (false)',
  },
  {
    name: 'dead letters share group and deduplication id',
    file: letters,
    find: 'MessageGroupId: randomId(),\n          MessageDeduplicationId: randomId(),',
    replace: "MessageGroupId: 'one',\n          MessageDeduplicationId: 'one',",
  },
  {
    name: 'a dead letter says not why',
    file: letters,
    find: '[attributeNames.reason]: attributeText(reason, 500),',
    replace: '',
  },
  {
    name: 'a dead letter does not carry its fence',
    file: letters,
    find: 'fence !== undefined &&',
    replace: 'false &&',
  },
]
