import { createHash } from 'node:crypto'

/** The header in which a refusal names the receiver that it comes from. */
export const receiverHeader = 'x-receiver'

/**
 * What tells a deployment's receiver from all others, which answer alike: 16 hex digits of a hash of its queue. Everybody may
 * see it. Nobody finds the queue's name from it, since that ends in letters that CloudFormation draws.
 */
export function receiverId(queueUrl: string): string {
  // The host may be another one for the function than for the command line, as it is with an emulator.
  const path = queueUrl.replace(/^https?:\/\/[^/]+/, '')
  return createHash('sha256').update(path).digest('hex').slice(0, 16)
}
