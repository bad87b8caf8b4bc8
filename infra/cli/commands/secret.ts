import { type Command, Option } from 'commander'
import { environments, regions } from '../../../shared/smokeball-api/api-credentials.ts'
import { type CredentialFields, saveCredentials } from '../../operate/keys/credentials.ts'
import { didYouMean } from '../../smokeball/unlisted-types.ts'
import { NotUnderstood } from '../../terminal/usage-error.ts'
import { isInteractive } from '../terminal/ask.ts'
import {
  neverAnArgument,
  readCredential,
  readCredentials,
  type SecretName,
  secretMembers,
  secretNames,
} from '../terminal/credentials.ts'
import { changingCommand, type GlobalOptions, group } from './command.ts'
import { onDeployment } from './on-deployment.ts'

/** Options that are stored with the secrets but are not secret. */
export interface PlaceOptions {
  region?: (typeof regions)[number]
  environment?: (typeof environments)[number]
  actsFor?: 'one' | 'many'
  apiUrl?: string
  authUrl?: string
}

const otherHosts = 'Other hosts (a proxy, or a Smokeball of your own on this machine):'

/** Adds the options to a command. */
export function withPlace(command: Command): Command {
  return command
    .addOption(new Option('--region <region>', 'where your app is registered').choices(regions))
    .addOption(new Option('--environment <environment>', 'which Smokeball').choices(environments))
    .addOption(
      new Option('--acts-for <accounts>', 'whether the client acts for one firm, or for many').choices([
        'one',
        'many',
      ]),
    )
    .addOption(
      new Option('--api-url <url>', "of the API; `standard`: the region's again").helpGroup(otherHosts),
    )
    .addOption(
      new Option('--auth-url <url>', "of tokens; `standard`: the region's again").helpGroup(otherHosts),
    )
}

/** The options that were named, as the API's secret holds them. */
export function placeFields({ region, environment, actsFor, ...urls }: PlaceOptions): CredentialFields {
  const named = Object.entries({ region, environment, actsFor }).filter(([, value]) => value !== undefined)
  const { apiUrl, authUrl } = urls
  return {
    ...Object.fromEntries(named),
    ...(apiUrl !== undefined && { apiUrl: apiUrl === 'standard' ? undefined : apiUrl }),
    ...(authUrl !== undefined && { authUrl: authUrl === 'standard' ? undefined : authUrl }),
  }
}

/** Puts the client's credentials into the secrets of a deployment. */
const secretSet = withPlace(
  changingCommand(
    'set [name]',
    `Puts ${secretNames.join(', ')} into the deployment's secrets: the one that is named, else all three.\n\nValues come from ` +
      'a hidden prompt or from stdin: with a name all of stdin is the value; without one it has lines such as client-id=… ' +
      '(with quotes around a value that has a # in it).',
    [
      'secret set --stage prod',
      'secret set api-key --stage dev < api-key.txt',
      'secret set --stage prod --region au --environment production < credentials.env',
    ],
  ),
)
  .allowExcessArguments()
  .hook('preAction', (command) => checkName(command.args, command.opts()))
  .action(
    onDeployment<PlaceOptions>(async ({ deployment, out, next }, options, name) => {
      // Before it asks for a secret that may be another's.
      if (isInteractive()) out.say(`Deployment: ${deployment.name}`)
      const place = placeFields(options)
      const values = await valuesOf(name as SecretName | undefined, Object.keys(place).length > 0)
      const members = Object.entries(values).map(([each, value]) => [
        secretMembers[each as SecretName],
        value,
      ])
      const isChanged = await saveCredentials(deployment, { ...place, ...Object.fromEntries(members) })
      const put = [...Object.keys(values), ...Object.keys(place)].join(', ')
      out.result({ deployment: deployment.name, isChanged }, [
        isChanged ? `Put in: ${put}. What runs takes it up within five minutes.` : 'It is as it was.',
        `Next: ${next('connect')}`,
      ])
    }),
  )

/** Whatever else stands there may be a value. */
function checkName(args: readonly string[], options: GlobalOptions): void {
  const [name = ''] = args
  if (args.length > 1)
    throw neverAnArgument(
      secretNames.find((each) => each === name),
      options,
    )
  if (args.length === 0 || (secretNames as string[]).includes(name)) return
  const meant = didYouMean(name, secretNames)
  throw meant ? new NotUnderstood(`There is no such secret.${meant}`) : neverAnArgument(undefined, options)
}

/** On stdin, some of the three suffice. */
async function valuesOf(
  name: SecretName | undefined,
  mayBeNone: boolean,
): Promise<Partial<Record<SecretName, string>>> {
  if (name !== undefined) return { [name]: await readCredential(name) }
  return readCredentials(secretNames, { some: !isInteractive(), none: mayBeNone })
}

/** The secrets of a deployment. */
export const secret = group('secret', "Puts the client's credentials in", [secretSet])
