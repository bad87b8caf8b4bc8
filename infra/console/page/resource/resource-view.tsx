import { consoleApi } from '../api/console-api.ts'
import { Problem } from '../parts/problem.tsx'
import { readResourceKey } from '../resource-key.ts'
import { useAnswer } from '../use-answer.ts'
import { useKeptFresh } from '../use-kept-fresh.ts'
import { History } from './history.tsx'

/** Another process may handle its events, and nobody tells of it. */
const freshness = { everyMs: 5_000, soonMs: 0 }

/** Everything that happened to one contact, matter or the like. */
export function ResourceView({ resourceKey }: { resourceKey: string }) {
  const { accountId, kind, id } = readResourceKey(resourceKey)
  const asked = useAnswer(() => consoleApi.resource(resourceKey), resourceKey)
  const { answer, problem } = asked
  useKeptFresh(asked, {
    ...freshness,
    isNews: ({ rows }) => rows.some((row) => row.resourceKey === resourceKey),
  })
  return (
    <>
      <h1 tabIndex={-1}>
        {kind} <span class="id">{id}</span>
      </h1>
      <p class="muted">
        of account {accountId}
        {hashed.test(id) && '. Its id is too long to be kept in a key: this is the SHA-256 of it.'}
      </p>
      <Problem text={problem} />
      {!answer && problem === undefined && <p class="empty">Asking…</p>}
      {answer && <History {...{ resourceKey, answer }} />}
    </>
  )
}

const hashed = /^#[0-9a-f]{64}$/
