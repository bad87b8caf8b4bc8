import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, vi } from 'vitest'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { queues } from '../../infra/settings/topology.ts'
import { delayQueueContract } from './delay-queue-contract.ts'
import { queueContract } from './queue-contract.ts'

// It runs in this process and asks `Date`; its deduplication cache asks for the time on each look-up.
const passTime = (ms: number) => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
afterEach(() => void vi.useRealTimers())

describe.for(['fauxqs', 'fauxqs that keeps its queues'])('%s', (name) => {
  let engines: Engines
  let client: SQSClient
  let data: string | undefined

  beforeAll(async () => {
    data = name === 'fauxqs' ? undefined : await mkdtemp(join(tmpdir(), 'smokeball-queues-'))
    engines = await startEngines({ data, consumerTimeoutMs: 30_000 })
    client = new SQSClient({ ...engines.sqsConfig, md5: false })
  })
  afterAll(async () => {
    client.destroy()
    await engines.stop()
    if (data !== undefined) await rm(data, { recursive: true })
  })

  queueContract(name, () => ({
    client,
    queueUrl: engines.queueUrl,
    deadLetterQueueUrl: engines.deadLetterQueueUrl,
    maxReceiveCount: queues.maxReceiveCount,
    passTime,
  }))
  delayQueueContract(name, () => ({
    client,
    queueUrl: engines.queueUrl,
    delayQueueUrl: engines.delayQueueUrl,
    passTime,
  }))
})
