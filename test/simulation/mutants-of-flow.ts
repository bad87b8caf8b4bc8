import type { Mutant } from './mutant-hooks.ts'

const runs = 'shared/handling/run-handlers.ts'
const conclusion = 'functions/consumer/conclude.ts'
const batch = 'functions/consumer/consume-batch.ts'
const judgement = 'functions/consumer/judgement.ts'
const plan = 'shared/handling/run-plan.ts'
const letters = 'shared/queue/dead-letters.ts'

/** Rules of running the handlers, and of the flow around them. */
export const flowMutants: readonly Mutant[] = [
  // Running the handlers.
  {
    name: 'earlier outcomes are forgotten',
    file: plan,
    find: 'kept[name] === undefined || isPending(kept[name].outcome)',
    replace: 'true',
  },
  {
    name: 'a handler runs before it is due',
    file: runs,
    find: 'if (earlier && (earlier.notBeforeEpochMs ?? 0) > (retryDueEpochMs ?? nowEpochMs)) return earlier',
    replace: '',
    family: 'replayed',
  },
  {
    name: 'own events are handled by handlers that skip them',
    file: runs,
    find: "own && handler.own === 'skip' && kind !== 'error'",
    replace: 'false',
  },
  {
    name: 'own errors are skipped',
    file: runs,
    find: "own && handler.own === 'skip' && kind !== 'error'",
    replace: "own && handler.own === 'skip'",
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
    file: plan,
    find: "if (previous?.status !== 'dead-lettered') return",
    replace: 'if (true) return',
  },
  {
    name: 'failures are not counted',
    file: runs,
    find: 'const failures = before.failures + 1',
    replace: 'const failures = 0 * before.failures + 1',
  },
  {
    name: 'waits are not counted',
    file: runs,
    find: 'waits: waits + 1, ...ran',
    replace: 'waits: 0 * waits + 1, ...ran',
  },
  {
    name: 'a run past the time limit is waited for',
    file: 'shared/handling/call-handler.ts',
    find: "end({ how: 'ran-out-of-time', thrown: timeIsUp() }),",
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
    find: "if (record.status === 'dead-lettered') await deadLetter(deps, work, record)\n    if (record.status !== 'failed') return await finish(record)",
    replace:
      "if (record.status !== 'failed') {\n      const ended = await finish(record)\n      if (record.status === 'dead-lettered') await deadLetter(deps, work, record)\n      return ended\n    }",
    family: 'contested',
  },
  {
    name: 'nothing is recorded when the next queue fails',
    file: conclusion,
    find: 'if (!(error instanceof NotSentOn)) throw error\n    await finish(',
    replace: 'throw error\n    await finish(',
  },
  {
    name: 'a failing next queue is taken for done',
    file: conclusion,
    find: 'throw error\n    await finish(',
    replace: 'throw error\n    return await finish(',
    family: 'contested',
  },
  {
    name: 'nothing goes to the dead-letter queue',
    file: conclusion,
    find: "if (record.status === 'dead-lettered') await deadLetter(deps, work, record)",
    replace: '',
  },
  {
    name: 'a busy message is done',
    file: 'functions/consumer/processed.ts',
    find: "{ outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, event }",
    replace: "{ outcome: 'busy', event }",
  },
  {
    name: 'the lease ends long before the time limit',
    file: 'functions/consumer/claim-event.ts',
    find: 'return deadlineEpochMs + leaseMarginMs',
    replace: 'return deadlineEpochMs - 10 * leaseMarginMs',
    family: 'contested',
  },
  {
    name: 'what is busy or outdated is done',
    file: batch,
    find: 'return processed?.retryAtEpochMs',
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
    find: 'await consumeOne(deps, message, limit) : deps.clock.now()',
    replace: 'await consumeOne(deps, message, limit) : undefined',
  },
  {
    name: 'an event is started however little time is left',
    file: batch,
    find: "(index === 0 && turn === 'first') ||",
    replace: 'index >= 0 ||',
  },
  {
    name: 'the events of a resource run side by side',
    file: batch,
    find: 'Map.groupBy(messages, ({ groupId }) => groupId)',
    replace: 'Map.groupBy(messages, ({ messageId }) => messageId)',
  },
  {
    name: 'an event that failed in part is finished',
    file: judgement,
    find: 'if (pending.length > 0)',
    replace: 'if (false)',
  },
  {
    name: 'dead-lettered while a handler will run again',
    file: judgement,
    find: 'if (pending.length > 0)',
    replace: 'if (pending.length > 1)',
  },
  {
    name: 'what gave up is taken for done',
    file: judgement,
    find: 'const [first] = givenUp\n',
    replace: 'const [first] = givenUp.slice(0, 0)\n',
  },
  {
    name: 'dead letters share group and deduplication id',
    file: letters,
    find: 'groupId: randomId(),\n    deduplicationId: randomId(),',
    replace: "groupId: 'one',\n    deduplicationId: 'one',",
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
    find: 'fence === undefined ? kind :',
    replace: 'kind !== undefined ? kind :',
  },
]
