import { randomBytes } from 'node:crypto'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import { rotateKey } from '../../operate/keys/rotate-key.ts'
import { updateSecret } from '../../operate/keys/update-secret.ts'
import { terminal } from '../../terminal/terminal.ts'
import { changingCommand, secondsOf } from './command.ts'
import { onDeployment } from './on-deployment.ts'

const usualNoopSeconds = 60
/** For all accounts together, the waits for their noops included. */
const longestMs = 60 * 60_000

/** Changes the key that deliveries are signed with. */
export const rotateKeyCommand = changingCommand(
  'rotate-key',
  'Gives every subscription a new signing key, without a delivery refused. Killed at any point, it goes on when it is run ' +
    'again. The old key stays good for an hour.',
  ['rotate-key --stage prod', 'rotate-key --stage dev --timeout 120'],
)
  .option('--timeout <seconds>', `how long to wait for an event of each account (${usualNoopSeconds})`)
  .action(
    onDeployment<{ timeout?: string }>(async ({ deployment, deps, out, next }, { timeout }) => {
      const { dynamodb, secrets, outputs } = deployment
      out.say(`Deployment: ${deployment.name}, ${outputs.CallbackUrl}`)
      const limit = timeLimitOf(terminal().clock.now(), longestMs, AbortSignal.timeout(longestMs))
      const rotation = await rotateKey(
        {
          dynamodb,
          tableName: outputs.TableName,
          clock: terminal().clock,
          keep: deps,
          next,
          updateSecret: (change) => updateSecret(secrets, outputs.WebhookSecretId, change),
          newKey: () => randomBytes(24).toString('hex'),
          tell: out.say,
        },
        { limit, noopTimeoutMs: secondsOf(timeout ?? String(usualNoopSeconds)) * 1000 },
      )
      out.result({
        keyFingerprint: rotation.fingerprint,
        oldKeyUntil: new Date(rotation.oldUntilEpochMs).toISOString(),
      })
    }),
  )
