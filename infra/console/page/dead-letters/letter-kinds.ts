/** Why a message lies in the dead-letter queue, for somebody who sees the word for the first time. */
export const letterKinds: Readonly<Record<string, { word: string; means: string }>> = {
  'attempts-spent': { word: 'attempts spent', means: 'A handler failed as often as it may.' },
  'permanent-failure': {
    word: 'failed for good',
    means: 'A handler said that running it again would not help.',
  },
  crashed: { word: 'crashed', means: 'Each invocation that took it up died before it could tell anything.' },
  'loop-suspected': {
    word: 'loop suspected',
    means: 'Handlers wrote so often for one resource that a loop is suspected.',
  },
  'unconnected-account': {
    word: 'unconnected account',
    means: 'Its account is not connected to this deployment.',
  },
  quarantined: {
    word: 'quarantined',
    means: 'Rightly signed, but not a notification that can be handled, or one from the future.',
  },
  other: { word: 'other', means: 'Nobody wrote down why.' },
}
