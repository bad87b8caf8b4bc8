import { freshTicks } from '../../infra/smokeball/sample.ts'
import { stringifyLossless } from '../../shared/event/lossless-json.ts'

const nextTicks = freshTicks()

interface Fields {
  id?: string
  type?: string
  name?: string
  /** Beyond 2^53, for example. */
  version?: bigint
  /** How long ago it happened. */
  agoMs?: number
}

/** The text of a notification of something that has just happened. */
export function notification({
  id = 'c1',
  type = 'contact.updated',
  name = 'Ann',
  version = 1n,
  agoMs = 0,
}: Fields = {}): string {
  const timestamp = nextTicks() - BigInt(agoMs) * 10_000n
  const payload = { id, name, version }
  return stringifyLossless({
    ...{ accountId: 'firm-1', subscriptionId: 'sub-1', type, source: 'Smokeball', userId: 'user-1' },
    ...{ payload, timestamp },
  })
}
