import { systemEventTypes } from '../../../shared/event/payloads.generated.ts'
import { type CommandWords, shellWord } from '../../../shared/runtime/command-line.ts'
import { isAccountId, systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { credentialProblems, environments, regions } from '../../../shared/smokeball-api/api-credentials.ts'
import { wantedTypes } from '../../../shared/subscriptions/wanted-types.ts'
import { saveCredentials } from '../../operate/keys/credentials.ts'
import { readSecretFields, type SecretFields } from '../../operate/keys/update-secret.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { askOneOf, askText, isInteractive } from '../terminal/ask.ts'
import { type CredentialName, readCredentials, secretMembers, secretNames } from '../terminal/credentials.ts'
import { addAccount } from './accounts.ts'
import { checkedAccountId, connectedAccounts } from './chosen-accounts.ts'
import { changingCommand } from './command.ts'
import { type ImportOptions, importedFirm, importFor, importingHandlers } from './connect/import.ts'
import { tellDiagnosis } from './doctor.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { readNames } from './replay/options.ts'
import { type PlaceOptions, placeFields, withPlace } from './secret.ts'
import { callbackUrl, ensureAccounts } from './subscriptions/own-subscription.ts'

interface ConnectOptions extends CredentialsOptions, ImportOptions {
  account?: string
  refreshToken?: boolean
  systemEvents?: boolean
  url?: string
}

/** From a deployment to events that come in: each step does what is not done yet. */
export const connect = withPlace(
  changingCommand(
    'connect',
    'Connects the deployment to Smokeball: credentials, account, subscription, and a check of the whole way. Asks only for ' +
      'what is missing, or reads it from lines of stdin (client-id=…, client-secret=…, api-key=…, refresh-token=…). Run ' +
      'again, it goes on where it stopped.',
    [
      'connect --stage prod',
      'connect --stage prod --region au --environment production --account 1e53979d-9269-4159-b104-2e603670f59d < credentials.env',
      'connect --local --url https://YOUR-TUNNEL/smokeball',
      'connect --stage prod --account 1e53979d-9269-4159-b104-2e603670f59d --import --handler crm',
    ],
  ),
)
  .option('--replace', 'asks for all secrets anew')
  .option('--account <id>', 'connects this account (those that are connected, else it asks)')
  .option('--refresh-token', "asks for the firm's refresh token (else: the client's credentials)")
  .option('--system-events', 'also subscribes to system events, if handlers want some')
  .option(
    '--url <url>',
    "another URL than the deployment's, such as a tunnel's or a domain of yours; stays until changed",
  )
  .option('--import', 'then shows all that the firm has to the handlers of --handler, as created')
  .option('--handler <names>', 'whom an import is for', readNames)
  .action(
    onDeployment<ConnectOptions>(async (run, options) => {
      const { deployment, out } = run
      const importing = await importingHandlers(run, options)
      out.say(`Deployment: ${deployment.name}, ${deployment.outputs.CallbackUrl}`)
      const url = await callbackUrl(run, options.url, options.apiUrl)
      await connectCredentials(run, options)
      const accountIds = await connectAccounts(run, options)
      const imported = importing.length > 0 ? importedFirm(accountIds) : undefined
      out.say('Subscription:')
      const accounts = await ensureAccounts(run, accountIds, options.url === undefined ? {} : { url })
      if (accounts.some((each) => 'problem' in each))
        throw new UsageError(`Mend that, and go on with: ${run.next(goOnWith(options))}`)
      out.say('Check:')
      const findings = await tellDiagnosis(run, {
        ...(options.account !== undefined && { accountId: options.account }),
      })
      const imports = imported === undefined ? [] : await importFor(run, imported, importing)
      out.result({
        deployment: deployment.name,
        url,
        accounts,
        findings,
        ...(imports.length > 0 && { imports }),
      })
    }),
  )

/** Accounts and secrets are there by then; these were not kept, or not for each account. */
function goOnWith({ url, systemEvents }: ConnectOptions): CommandWords {
  return { command: 'connect', options: { 'system-events': systemEvents, url } }
}

/** Adds what was named, and returns all whose subscriptions are to be seen to. */
async function connectAccounts(run: Run, options: ConnectOptions): Promise<string[]> {
  const known = (await connectedAccounts(run)).map(({ accountId }) => accountId)
  const firms =
    options.account === undefined ? known.filter((id) => id !== systemAccountId) : [options.account]
  const accountIds = firms.length > 0 ? firms.map(checkedAccountId) : [await askAccount(run)]
  const [one = '', other] = accountIds
  if (options.refreshToken && other !== undefined)
    throw new UsageError(`Say whose refresh token it is: --account ${accountIds.map(shellWord).join(' or ')}`)
  const token = options.refreshToken ? (await readCredentials(['refresh-token']))['refresh-token'] : undefined
  for (const accountId of accountIds) await addAccount(run, accountId, accountId === one ? token : undefined)
  const how =
    accountIds.every((id) => known.includes(id)) && token === undefined ? 'connected already' : 'connected'
  run.out.say(`Account: ${accountIds.join(', ')}: ${how}`)
  if (!options.systemEvents) return accountIds
  if (wantedTypes(systemAccountId, run.deps.patterns, systemEventTypes).types.length === 0) {
    run.out.say('System events: no handler asks for any.')
    return accountIds
  }
  await addAccount(run, systemAccountId, undefined)
  return [...accountIds, systemAccountId]
}

async function askAccount({ next }: Run): Promise<string> {
  if (!isInteractive())
    throw new UsageError(
      `Say which account to connect: ${next({ command: 'connect', options: { account: 'ACCOUNT_ID' } })}`,
    )
  return askText('Account id of the firm', (value) =>
    isAccountId(value) ? undefined : 'An account id looks like 1e53979d-9269-4159-b104-2e603670f59d.',
  )
}

interface CredentialsOptions extends PlaceOptions {
  replace?: boolean
}

/** Region, environment and secrets: asks for what is missing, and puts in what is new. Throws `UsageError`. */
async function connectCredentials(run: Run, options: CredentialsOptions): Promise<void> {
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
