import type { Ticks } from '../../shared/event/ticks.ts'
import type { Background } from './background.ts'
import { type Call, failureAskedFor } from './call.ts'
import { changed } from './changed.ts'
import type { DeliveryRules } from './delivery-rules.ts'
import type { Where } from './place.ts'
import type { Planned } from './planned.ts'
import type { FakeEvent, Publisher } from './publisher.ts'
import { kindAt } from './resource-kinds.ts'
import type { Payload, Resources } from './resources.ts'

/** A resource of a firm. */
export interface ResourcePath {
  accountId: string
  /** Its path: `matters`, `matters/68df…/memos`. */
  collection: string
  id: string
}

/** What a write makes of a resource. `replaces`: fields that are not named go. */
export interface Change {
  action: 'created' | 'updated' | 'deleted'
  fields: Payload
  replaces?: boolean
}

export interface Write extends ResourcePath {
  /** Which of a document's members is meant, where the resource is one that has such. */
  memberId?: string
  change: Change
  /** What its events say of where they come from. */
  origin: Required<Pick<FakeEvent, 'source' | 'userId' | 'requestId'>>
}

export interface WriteFailure extends Where {
  /** What the `error` event says. */
  message?: string
}

type WriteCall = Pick<Call, 'method' | 'pathname' | 'headers'>

export interface Writes {
  /**
   * Takes a write. Resolves at once, or after its event was delivered if webhooks overtake answers. `call`: by which it
   * came; it may ask for a failure, or one may be planned for it.
   */
  accept(write: Write, call?: WriteCall): Promise<void>
}

interface Deps {
  resources: Resources
  publisher: Publisher
  background: Background
  rules(): DeliveryRules
  failures: Planned<string>
  /** Told of each write that took effect. */
  onChange(): void
  nextTicks(): Ticks
  nextId(): string
}

/** Writes take effect after they were accepted, or fail then; either way, the webhook is what tells. */
export function writes(deps: Deps): Writes {
  const { resources, publisher, background, failures } = deps

  async function accept(write: Write, call?: WriteCall): Promise<void> {
    const rules = deps.rules()
    const failure = call && (failureAskedFor(call) ?? failures.take(call))
    const done = background.run(async function takeEffect() {
      // Even without a delay, the answer goes out first.
      if (!rules.overtake) await new Promise(setImmediate)
      await background.sleep(rules.writeMs)
      await (failure === undefined ? apply(write, rules) : fail(write, failure))
    })
    if (rules.overtake) await done
  }

  async function apply(write: Write, rules: DeliveryRules): Promise<void> {
    const { accountId, collection, id, origin } = write
    const members = resources.of(accountId, collection)
    const before = members.get(id)
    const isDocument = (kindAt(collection).is ?? 'list') !== 'list'
    if (!before && !isDocument && write.change.action !== 'created')
      return fail(write, `There is no ${id} any more.`)
    const { resource, ...event } = changed(deps, write, before)
    const { keepsDeleted, is = 'list' } = kindAt(collection)
    if (write.change.action === 'deleted' && is === 'list' && !keepsDeleted) members.delete(id)
    else members.set(id, resource)
    deps.onChange()
    if (rules.indirectEcho) echo(write, resource, rules.indirectEcho.afterMs)
    const events = [event, ...rules.alsoTriggers(event)]
    await Promise.all(events.map((each) => publisher.publish({ accountId, ...origin, ...each })))
  }

  async function fail(
    { accountId, collection, id, memberId, origin }: Write,
    message: string,
  ): Promise<void> {
    const payload = { message, resourceName: kindAt(collection).kind, resourceId: memberId ?? id }
    const { requestId } = origin
    await publisher.publish({ accountId, type: 'error', source: 'API', requestId, payload })
  }

  function echo({ accountId, collection, id }: Write, payload: Payload, afterMs: number): void {
    void background.run(async function echoing() {
      await background.sleep(afterMs)
      const parent = resources.parent(accountId, collection, payload)
      const { kind } = kindAt(parent ? 'matters' : collection)
      const told = parent ?? resources.of(accountId, collection).get(id) ?? payload
      await publisher.publish({ accountId, type: `${kind}.updated`, payload: told })
    })
  }

  return { accept }
}
