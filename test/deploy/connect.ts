import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { production } from '../../infra/settings/stages.ts'
import { accountId } from '../infra/fake-smokeball/fake-smokeball-started.ts'

/** The command that connects a stack to a fake Smokeball, by a URL that this machine knows. */
export function connect({ url: api }: FakeSmokeball, url: string): [string, ...string[]] {
  return [
    ...(['infra/cli/main.ts', 'connect', '--stage', production, '--account', accountId] as const),
    ...['--url', url],
    ...['--region', 'us', '--environment', 'staging', '--api-url', api, '--auth-url', api],
  ]
}

/** What that command is given on stdin. */
export function secretLines({ credentials }: FakeSmokeball): string {
  const { clientId, clientSecret, apiKey } = credentials
  return `client-id=${clientId}\nclient-secret=${clientSecret}\napi-key=${apiKey}\n`
}
