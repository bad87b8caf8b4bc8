import { devNull } from 'node:os'
import { region } from './local-account.ts'

/**
 * What every process of the local run has for its environment: `credentials` open the engines. `own` (the user's `.env`) may bring credentials for
 * handlers that call real services; this machine's profile is none of theirs.
 */
export function processEnvironment(
  own: Record<string, string>,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    ...own,
    PATH: process.env.PATH ?? '',
    TZ: 'UTC',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  }
}
