/** What an engine on this machine cannot tell. The output names each. */
export const assumptions = {
  /** Lambda's own share of an invocation's time: the runtime takes the event and hands back the answer. */
  runtimeMs: 1,
  sqsSendMs: 8,
  dynamodbWriteMs: 5,
  /** How many events a resource has while its ledger is kept: a matter mostly has more, a contact fewer. */
  eventsAResource: 10,
  /** Receivers that are kept warm, each of which reads the secret again and again. */
  warmReceivers: 2,
  /** The outcomes that happen in every hour. Each is a metric of its own, which is billed by the hour. */
  hourlyOutcomes: [
    'accepted',
    'refused',
    'handled',
    'superseded',
    'unhandled',
    'duplicate',
    'failed',
    'busy',
  ],
  /**
   * What a run of the keeper takes for one firm whose subscription is right: two calls of Smokeball, one query of the table, and
   * both secrets, since a process does not last from one hour to the next.
   */
  keeperRun: { firms: 1, smokeballCalls: 2, billedMs: 1_000, readUnits: 1, secretReads: 2 },
  /**
   * How the event source mapping asks when there is nothing to receive: long polls at once. It goes down to two, but not with
   * a maximum concurrency. AWS says so of standard queues, and nothing of FIFO ones.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  idlePolls: 5,
  /** SQS lets no poll wait longer. */
  pollSeconds: 20,
} as const
