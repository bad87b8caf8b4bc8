import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { accountId } from '../infra/fake-smokeball/fake-smokeball-started.ts'

/** The command that connects a stack to a fake Smokeball. */
export function connect({ url: api }: FakeSmokeball, ...to: string[]): [string, ...string[]] {
  return [
    ...(['infra/cli/main.ts', 'connect', '--account', accountId] as const),
    ...to,
    ...['--region', 'us', '--environment', 'staging', '--api-url', api, '--auth-url', api],
  ]
}

/** What that command is given on stdin. */
export function secretLines({ credentials }: FakeSmokeball): string {
  const { clientId, clientSecret, apiKey } = credentials
  return `client-id=${clientId}\nclient-secret=${clientSecret}\napi-key=${apiKey}\n`
}
