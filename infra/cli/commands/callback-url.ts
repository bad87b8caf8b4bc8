import { isHere } from '../../../shared/smokeball-api/api-credentials.ts'
import { readSecretFields } from '../../operate/keys/update-secret.ts'
import { NotUnderstood } from '../../terminal/not-understood.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { connectedAccounts } from './chosen-accounts.ts'
import type { Run } from './on-deployment.ts'

/**
 * The URL that was named, else one that was chosen before, else the deployment's. `apiUrl`: an API that is about to be named.
 * Throws `UsageError` where Smokeball cannot reach it: it is on this machine, and the API is not.
 */
export async function callbackUrl(run: Run, given: string | undefined, apiUrl?: string): Promise<string> {
  const { deployment, next } = run
  const url = given ?? (await chosenBefore(run)) ?? deployment.outputs.CallbackUrl
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new NotUnderstood(`--url ${url} is no URL: it looks like https://example.com/smokeball.`)
  if (!isHere(parsed) || (await apiIsHere(deployment, apiUrl))) return url
  throw new UsageError(
    `Smokeball cannot reach ${url}, which is on this machine alone. Open a tunnel to it, and name its address: ` +
      next({ command: 'connect', options: { url: 'https://YOUR-TUNNEL/smokeball' } }),
  )
}

async function chosenBefore(run: Run): Promise<string | undefined> {
  const accounts = await connectedAccounts(run)
  return accounts.find(({ subscription }) => subscription?.isChosenUrl)?.subscription?.url
}

async function apiIsHere({ secrets, outputs }: Run['deployment'], apiUrl?: string): Promise<boolean> {
  const { fields } = await readSecretFields(secrets, outputs.ApiSecretId)
  const api = URL.parse(apiUrl ?? String(fields.apiUrl))
  return api !== null && isHere(api)
}
