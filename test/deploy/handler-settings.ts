/** In the place of infra/handlers.ts: a secret, and limits short enough to be waited for. */
import type { Settings } from '../../infra/settings/settings.ts'

const settings: Settings = {
  secrets: { CRM_API_KEY: 'crm/api-key' },
  // SQS hides the messages of an invocation that died for six times as long.
  timeout: { seconds: 5 },
  stack: { maxAttempts: 2 },
}

export default settings
