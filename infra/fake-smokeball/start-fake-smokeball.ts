import type { Server } from 'node:http'
import { close, listen } from '../http/listen.ts'
import { untilSettled } from '../operate/queue-depth.ts'
import { knownTypes } from '../smokeball/unlisted-types.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { apiServer, type CallRecord } from './api.ts'
import type { ClientOptions } from './clients.ts'
import { type FakeState, fakeParts } from './fake-parts.ts'
import type { FakeSmokeball, FakeSmokeballOptions } from './fake-smokeball.ts'
import { type Fault, plannedFailures } from './planned-failures.ts'
import { kindAt } from './resource-kinds.ts'
import { resourceRoutes } from './resource-routes.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

/** The firm of the samples, and a user of it. */
const sampleAccountId = '1e53979d-9269-4159-b104-2e603670f59d'
const userId = '526670af-acd8-401e-bc64-6d4cafb4a12a'
const published = knownTypes.filter(({ isDocumented }) => isDocumented).map(({ type }) => type)

/**
 * Serves Smokeball's API and its tokens on 127.0.0.1, and delivers events. Its state is in memory, and in a file where it is
 * to be kept.
 */
export async function startFakeSmokeball(options: FakeSmokeballOptions = {}): Promise<FakeSmokeball> {
  let address = ''
  const url = () => address
  const { kept } = options
  const begin = kept?.read() as FakeState | undefined
  const keep = () => kept?.write({ port: portOf(address), ...parts.state() })
  const parts = fakeParts(options, url, { begin, onChange: keep })
  const { clients, subscriptions, publisher, resources, writes, tasks, controls } = parts
  const eventTypes = options.eventTypes ?? published
  const faults = plannedFailures<Fault>()
  const requests: CallRecord[] = []
  const server = apiServer({
    authorized: parts.authorized,
    tokens: parts.tokens,
    publisher,
    added: options.routes ?? {},
    own: [subscriptionRoutes({ ...parts, eventTypes, url }), resourceRoutes({ ...parts, url, userId })],
    faults,
    log: requests,
    onChange: keep,
  })

  function addClient(given: ClientOptions = {}) {
    const accounts = given.accounts ?? [sampleAccountId]
    for (const accountId of accounts) resources.seed(accountId)
    return clients.add(given, accounts)
  }
  const change: FakeSmokeball['change'] = (resource, { action = 'updated', fields = {}, isTold = true }) => {
    const { accountId, collection, id } = resource
    const { is = 'list' } = kindAt(collection)
    if (action !== 'created' && is === 'list' && !resources.of(accountId, collection).has(id))
      throw new RangeError(`There is no /${collection}/${id} in account ${accountId}.`)
    const origin = { source: 'Smokeball', userId, requestId: undefined }
    void writes.accept({ accountId, collection, id, change: { action, fields }, isUntold: !isTold, origin })
  }
  const credentials = begin?.clients.known[0] ?? addClient(options)
  for (const { accountId } of credentials.accounts) resources.seed(accountId)
  address = await (options.port === undefined
    ? listenAgain(server, begin?.port)
    : listen(server, options.port))
  keep()

  return {
    url: address,
    credentials,
    addClient,
    requests,
    deliveries: parts.deliveryLog,
    get subscriptions() {
      return subscriptions.all()
    },
    loseSubscriptions: subscriptions.lose,
    revoke: clients.revoke,
    grant(accountId) {
      // The subscriptions of a grant that has ended are removed before the grant is renewed.
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
    edit: (resource, fields) => change(resource, { fields }),
    change,
    emit(event) {
      void publisher.publish(event)
    },
    settled: (withinMs = 30_000) => untilSettled(async () => tasks.pending(), withinMs),
    async stop() {
      tasks.stop()
      await close(server)
    },
  }
}

/** Listens on the port of the previous run, unless something else has it now. */
async function listenAgain(server: Server, port: number | undefined): Promise<string> {
  try {
    return await listen(server, port)
  } catch (error) {
    if (port === undefined || !(error instanceof UsageError)) throw error
    return await listen(server)
  }
}

function portOf(address: string): number {
  return Number(new URL(address).port)
}
