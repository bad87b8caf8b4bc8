import { webhookSecrets } from '../../functions/receiver/webhook-secrets.ts'
import { clientId, signingKey } from './delivery.ts'

const secondsAnHour = 60 * 60

/** How often a receiver that has a delivery every second reads its secret in an hour: the real cache, on a clock of its own. */
export async function secretReadsAnHour(): Promise<number> {
  let second = 0
  let reads = 0
  const secrets = webhookSecrets({
    secretId: 'bench',
    now: () => second * 1000,
    async read() {
      reads++
      return JSON.stringify({ clientId, signingKey })
    },
  })
  const limit = { signal: AbortSignal.timeout(secondsAnHour * 1_000) }
  for (; second < secondsAnHour; second++) await secrets.current(limit)
  return reads
}
