import { devNull } from 'node:os'
import { region } from '../../operate/local-account.ts'

/** These variables of the user's say where AWS clients take credentials from. */
const credentialSources = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
]

/** Node itself reads these in a new process, to find the process that started it. */
const nodesOwn = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID']

/** Whether the user's own variables (`.env`) bring credentials, for real services that the handlers call. */
export function bringsCredentials(own: Readonly<Record<string, string | undefined>>): boolean {
  return credentialSources.some((name) => own[name])
}

/**
 * Makes the environment of the local run's processes. With `own` (the user's `.env`), AWS clients that handlers make
 * are configured as it says. Unless it brings credentials, they have `credentials`, and never those of this machine: its
 * profiles are found only where `own` names one.
 */
export function processEnvironment(
  own: Record<string, string>,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials
  const kept = Object.entries(own).filter(([name]) => !nodesOwn.includes(name))
  return {
    AWS_REGION: region,
    ...(!bringsCredentials(own) && {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
    ...(!own.AWS_PROFILE && { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull }),
    ...Object.fromEntries(kept),
    ...withoutProxyHere(own),
    PATH: process.env.PATH ?? '',
    TZ: 'UTC',
  }
}

/**
 * Returns the variable by which Node reaches this machine directly where `env` names a proxy, which could not reach what
 * listens on 127.0.0.1. Returns none where `env` names none. `fetch` reads it at each call.
 */
export function withoutProxyHere(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  // Node takes the one in lower case where both are there.
  const name = env.no_proxy === undefined ? 'NO_PROXY' : 'no_proxy'
  const named = env[name]?.split(',').filter(Boolean) ?? []
  const namesProxy = Object.keys(env).some((each) => /^https?_proxy$/i.test(each))
  if (!namesProxy || named.includes('*')) return {}
  return { [name]: [...new Set([...named, '127.0.0.1', 'localhost'])].join(',') }
}
