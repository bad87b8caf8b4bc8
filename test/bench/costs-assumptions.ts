/** What an engine on this machine cannot tell. The output names each. */
export const assumptions = {
  /** Lambda's own share of an invocation's time: the runtime takes the event and hands back the answer. */
  runtimeMs: 1,
  sqsSendMs: 8,
  dynamodbWriteMs: 5,
  /** Of one resource, while its ledger is kept: of a matter, mostly more; of a contact, fewer. */
  eventsAResource: 10,
  /** Receivers that are kept warm, each of which reads the secret again and again. */
  warmReceivers: 2,
  /** Of deliveries and of events, those that happen in every hour; each is a metric of its own, billed by the hour. */
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
   * Of a run of the keeper for one firm whose subscription is right: two calls of Smokeball, one query of the table, and
   * both secrets, since a process does not last from one hour to the next.
   */
  keeperRun: { firms: 1, smokeballCalls: 2, billedMs: 1_000, readUnits: 1, secretReads: 2 },
  /**
   * Of the event source mapping, when there is nothing to receive: long polls at once. It goes down to two, but not with
   * a maximum concurrency. AWS says so of standard queues, and nothing of FIFO ones.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  idlePolls: 5,
  /** SQS lets no poll wait longer. */
  pollSeconds: 20,
} as const
