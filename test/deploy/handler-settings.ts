/** In the place of infra/handlers.ts: a secret, and limits short enough to be waited for; of `dev`, also a key and alarms. */
import type { Settings } from '../../infra/settings/settings.ts'

const { DEPLOY_TEST_KEY: encryptionKey } = process.env

const settings: Settings = (stage) => ({
  secrets: { CRM_API_KEY: 'crm/api-key' },
  // SQS hides the messages of an invocation that died for six times as long.
  timeout: { seconds: 5 },
  stack: {
    maxAttempts: 2,
    ...(stage === 'dev' && encryptionKey && { encryptionKey, alarmEmails: ['ops@firm.example'] }),
  },
})

export default settings
