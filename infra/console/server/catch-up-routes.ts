import { Hono } from 'hono'
import { keepDepsOf } from '../../operate/deployment.ts'
import { isFake, loseChange, lostKinds } from '../../operate/send/lose-change.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { checkedBody, oneOf, Refused, textOf } from './read-body.ts'

const idChars = 256
/** What the page shows at once, failed ones first; the command tells all. */
const mostWalks = 500

/** What webhooks missed: how far lists were walked, and a run by hand. */
export function catchUpRoutes({ deployment, local, catchUp }: ConsoleDeps) {
  return (
    new Hono<ConsoleEnv>()
      .get('/catch-up', async (c) => {
        const [walks, losable] = await Promise.all([catchUp.walks(), kindToLose()])
        const shown = walks.toSorted((a, b) => Number('problem' in b) - Number('problem' in a))
        return c.json({ walks: shown.slice(0, mostWalks), count: walks.length, losable })
      })
      // It is asked for again and again while the run goes on, and reads no table.
      .get('/catch-up/run', (c) => c.json({ run: catchUp.run() }))
      .post('/catch-up', checkedBody(['accountId'], firmOf), async (c) => {
        await catchUp.start(c.req.valid('json').accountId)
        return c.json({ run: catchUp.run() })
      })
      .post('/lose', checkedBody(['kind'], lostKindOf), async (c) => {
        if (!local)
          throw new Refused(404, 'A delivery is lost on purpose by npm start -- --fake-smokeball alone.')
        return c.json(await loseChange(deployment, keepDepsOf(deployment), c.req.valid('json').kind))
      })
  )

  /** A kind of which a change can be lost here, and found by a handler; null if there is none. */
  async function kindToLose() {
    if (!local || !(await isFake(deployment))) return null
    const kinds = await catchUp.kinds()
    return lostKinds.find((kind) => kinds.includes(kind)) ?? null
  }
}

/** `all` stands for all firms. Throws `Refused`. */
function firmOf({ accountId }: Record<string, unknown>) {
  return { accountId: textOf('accountId', accountId, idChars) }
}

/** Throws `Refused`. */
function lostKindOf({ kind }: Record<string, unknown>) {
  return { kind: oneOf('kind', kind, lostKinds) }
}
