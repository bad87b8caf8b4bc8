import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import { type Engines, startEngines } from '../../infra/local/engines.ts'
import { queues } from '../../infra/topology.ts'
import { delayQueueContract } from './delay-queue-contract.ts'
import { queueContract } from './queue-contract.ts'

let engines: Engines
let client: SQSClient

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  client = new SQSClient({ ...engines.sqsConfig, md5: false })
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})
afterEach(() => void vi.useRealTimers())

// It runs in this process and asks `Date`; its deduplication cache asks for the time on each look-up.
const passTime = (ms: number) => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })

queueContract('fauxqs', () => ({
  client,
  queueUrl: engines.queueUrl,
  deadLetterQueueUrl: engines.deadLetterQueueUrl,
  maxReceiveCount: queues.maxReceiveCount,
  passTime,
}))
delayQueueContract('fauxqs', () => ({
  client,
  queueUrl: engines.queueUrl,
  delayQueueUrl: engines.delayQueueUrl,
  passTime,
}))
