import { credentialProblems, environments, regions } from '../../../shared/smokeball-api/api-credentials.ts'
import { saveCredentials } from '../../operate/keys/save-credentials.ts'
import { readSecretFields, type SecretFields } from '../../operate/keys/update-secret.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { askOneOf, isInteractive } from '../terminal/ask.ts'
import { readCredentials } from '../terminal/credential-input.ts'
import { type CredentialName, secretMembers, secretNames } from '../terminal/credential-names.ts'
import { type PlaceOptions, placeFields } from './credential-options.ts'
import type { Run } from './on-deployment.ts'

export interface CredentialsOptions extends PlaceOptions {
  replace?: boolean
}

/** Region, environment and secrets: asks for what is missing, and puts in what is new. Throws `UsageError`. */
export async function connectCredentials(run: Run, options: CredentialsOptions): Promise<void> {
  const { deployment, out } = run
  const { fields } = await readSecretFields(deployment.secrets, deployment.outputs.ApiSecretId)
  const place = { ...placeFields(options), ...(await placeOf(options, fields)) }
  out.say(`Smokeball: ${place.region} ${place.environment}`)
  const missing = secretNames.filter((name) => options.replace || lacks(fields, secretMembers[name]))
  const values = await readCredentials<CredentialName>(missing)
  const given = Object.fromEntries(missing.map((name) => [secretMembers[name], values[name]]))
  // Also where it is known already: the other secret may lack it.
  const clientId = given.clientId ?? String(fields.clientId)
  const isChanged = await saveCredentials(deployment, { ...place, ...given, clientId })
  if (missing.length > 0) out.say(`Secrets: put in ${missing.join(', ')}`)
  else out.say(isChanged ? 'Secrets: put in what was missing' : 'Secrets: there already')
}

function lacks(fields: SecretFields, member: string): boolean {
  return credentialProblems(fields, [member]).length > 0
}

/** By the flag, else what is known, else by asking. */
async function placeOf(
  { region, environment }: PlaceOptions,
  fields: SecretFields,
): Promise<{ region: string; environment: string }> {
  const known = {
    region: region ?? regions.find((each) => each === fields.region),
    environment: environment ?? environments.find((each) => each === fields.environment),
  }
  if ((!known.region || !known.environment) && !isInteractive())
    throw new UsageError(
      `Say where your app is registered: --region ${regions.join('|')} and --environment ${environments.join('|')}`,
    )
  return {
    region: known.region ?? (await askOneOf('Region of your app', options(regions))),
    environment: known.environment ?? (await askOneOf('Which Smokeball', options(environments))),
  }
}

function options<T extends string>(values: readonly T[]): { value: T; label: string }[] {
  return values.map((value) => ({ value, label: value }))
}
