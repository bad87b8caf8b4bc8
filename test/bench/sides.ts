import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { bundleOptions } from '../../infra/bundle/bundle.ts'
import { queues } from '../../infra/settings/topology.ts'
import { sqsRecord } from './consumer-input.ts'
import { clientId, signingKey } from './delivery.ts'
import { guid } from './notifications.ts'
import { peerFolder } from './peer-packages.ts'

/** What is measured beside each other: this project, the Powertools peer, and the least that could be done. */
export const sideNames = ['ours', 'peer', 'floor'] as const
export type SideName = (typeof sideNames)[number]

export interface Side {
  name: SideName
  /** Files of the bundles. */
  receiver: string
  consumer: string
  /** Beside the environment of our functions. */
  env: Record<string, string>
  /** A notification as the consumer gets it from its queue. */
  record(text: string): unknown
}

/** The table of peer and floor; its hash key is `id`. */
export const peerTable = 'peer'

const peerEnv = {
  TABLE_NAME: peerTable,
  SIGNING_KEY: signingKey,
  CLIENT_ID: clientId,
  POWERTOOLS_SERVICE_NAME: 'webhooks',
  POWERTOOLS_METRICS_NAMESPACE: 'webhooks',
}

/** Bundles all of them into the folder. */
export async function buildSides(folder: string): Promise<Record<SideName, Side>> {
  const handlersEntry = fileURLToPath(new URL('bench-handlers.ts', import.meta.url))
  const ours = (['receiver', 'consumer'] as const).map((name) =>
    bundleOptions(name, { outdir: folder, handlersEntry }),
  )
  const floorFolder = fileURLToPath(new URL('floor/', import.meta.url))
  const peer = plainBundles(peerFolder, join(folder, 'peer'))
  const floor = plainBundles(floorFolder, join(folder, 'floor'))
  await Promise.all([...ours, ...peer, ...floor].map(build))
  const [receiver = '', consumer = ''] = ours.map(({ outfile = '' }) => outfile)
  const plain = (name: SideName): Side => ({
    name,
    receiver: join(folder, name, 'receiver.mjs'),
    consumer: join(folder, name, 'consumer.mjs'),
    env: peerEnv,
    record: standardRecord,
  })
  return {
    ours: { name: 'ours', receiver, consumer, env: {}, record: (text) => sqsRecord(text) },
    peer: plain('peer'),
    floor: plain('floor'),
  }
}

export function kilobytesOf(bundle: string): number {
  return Math.ceil(statSync(bundle).size / 1024)
}

/** An engineer of AWS bundles for Node so: minified, and the SDK by its ES modules, which esbuild can shake. */
function plainBundles(from: string, to: string): BuildOptions[] {
  return ['receiver', 'consumer'].map((name) => ({
    entryPoints: [join(from, `${name}.ts`)],
    outfile: join(to, `${name}.mjs`),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
    // What is left of CommonJS asks for it.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  }))
}

/** A record of a standard queue, as the peer's receiver fills it. */
function standardRecord(body: string): unknown {
  return {
    messageId: guid(body),
    receiptHandle: guid(body),
    body,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
    messageAttributes: { RequestId: { dataType: 'String', stringValue: guid(`request ${body}`) } },
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queues.delayed}`,
    awsRegion: 'us-east-1',
  }
}
