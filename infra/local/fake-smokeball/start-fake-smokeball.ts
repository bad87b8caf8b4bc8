import { knownTypes } from '../../unlisted-types.ts'
import { close, listen } from '../listen.ts'
import { untilSettled } from '../queue-depth.ts'
import { answerCall } from './answer-call.ts'
import { apiFront } from './api-front.ts'
import type { CallRecord } from './call-log.ts'
import { fakeParts } from './fake-parts.ts'
import type { ClientOptions, FakeSmokeball, FakeSmokeballOptions } from './fake-smokeball.ts'
import type { Fault } from './fault.ts'
import { planned } from './planned.ts'
import { resourceRoutes } from './resource-routes.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

/** The firm of the samples, and a user of it. */
const sampleAccountId = '1e53979d-9269-4159-b104-2e603670f59d'
const userId = '526670af-acd8-401e-bc64-6d4cafb4a12a'
const published = knownTypes.filter(({ isDocumented }) => isDocumented).map(({ type }) => type)

/** Serves Smokeball's API and its tokens on 127.0.0.1, and delivers what happens. State is in memory. */
export async function startFakeSmokeball(options: FakeSmokeballOptions = {}): Promise<FakeSmokeball> {
  let address = ''
  const url = () => address
  const parts = fakeParts(options, url)
  const { clients, tokens, subscriptions, publisher, resources, writes, tasks, controls } = parts
  const routes = [
    ...subscriptionRoutes({ ...parts, eventTypes: options.eventTypes ?? published, url }),
    ...resourceRoutes({ ...parts, url, userId }),
  ]
  const faults = planned<Fault>()
  const requests: CallRecord[] = []
  const front = apiFront({
    roots: ['oauth2', ...routes.map(({ path }) => path.split('/')[0] ?? '')],
    ...{ faults, log: requests },
    answer: async (call) =>
      call.pathname === '/oauth2/token' ? tokens.answer(call) : answerCall({ ...parts, routes }, call),
  })

  function addClient(given: ClientOptions = {}) {
    const accounts = given.accounts ?? [sampleAccountId]
    for (const accountId of accounts) resources.seed(accountId)
    return clients.add(given, accounts)
  }
  const credentials = addClient(options)
  address = await listen(front, options.port)

  return {
    ...{ url: address, credentials, addClient, requests, deliveries: parts.deliveryLog },
    get subscriptions() {
      return subscriptions.all()
    },
    loseSubscriptions: subscriptions.lose,
    revoke: clients.revoke,
    grant(accountId) {
      // Those of a grant that has ended go before it is renewed.
      subscriptions.all()
      return clients.grant(credentials, accountId)
    },
    fail: faults.add,
    failWrites(times, { message = 'The write was not carried out.', ...where } = {}) {
      parts.failures.add(times, message, where)
    },
    deliver(changes) {
      controls.rules = { ...controls.rules, ...changes }
    },
    rewrite(change) {
      controls.rewrite = change
    },
    edit({ accountId, collection, id }, fields) {
      if (!resources.of(accountId, collection).has(id))
        throw new RangeError(`There is no /${collection}/${id} in account ${accountId}.`)
      const origin = { source: 'Smokeball', userId, requestId: undefined }
      void writes.accept({ accountId, collection, id, change: { action: 'updated', fields }, origin })
    },
    emit(event) {
      void publisher.publish(event)
    },
    settled: (withinMs = 30_000) => untilSettled(async () => tasks.pending(), withinMs),
    async stop() {
      tasks.stop()
      await close(front)
    },
  }
}
