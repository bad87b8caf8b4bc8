import { type Command, Option } from 'commander'
import { environments, regions } from '../../../shared/smokeball-api/api-credentials.ts'
import type { CredentialFields } from '../../operate/keys/save-credentials.ts'

/** What goes with the secrets, and is none. */
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

/** As members of the API's secret: those that were named. */
export function placeFields({ region, environment, actsFor, ...urls }: PlaceOptions): CredentialFields {
  const named = Object.entries({ region, environment, actsFor }).filter(([, value]) => value !== undefined)
  const { apiUrl, authUrl } = urls
  return {
    ...Object.fromEntries(named),
    ...(apiUrl !== undefined && { apiUrl: apiUrl === 'standard' ? undefined : apiUrl }),
    ...(authUrl !== undefined && { authUrl: authUrl === 'standard' ? undefined : authUrl }),
  }
}
