import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleOptions } from '../../infra/bundle/bundle.ts'
import { queues } from '../../infra/settings/topology.ts'
import { sqsRecord } from './consumer-input.ts'
import { type Figure, shown } from './figure.ts'
import { inFolder, runFresh } from './fresh-process.ts'
import { contactNotification, guid } from './notifications.ts'
import { functionEnv } from './stub-aws.ts'
import { startTable } from './table-engine.ts'

const batches = 60
const handlersEntry = fileURLToPath(new URL('bench-handlers.ts', import.meta.url))

/** Events a second through the consumer's bundle in a process of its own, on an embedded table in this one. */
export function throughputFigures(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const options = bundleOptions('consumer', { outdir: folder, handlersEntry })
    await build(options)
    const table = await startTable()
    try {
      const events = Array.from({ length: batches }, (_, batch) => batchOf(batch))
      const bundle = options.outfile ?? join(folder, 'consumer/index.mjs')
      const report = await runFresh(folder, bundle, events, functionEnv(table.endpoint))
      const writes = table.calls.filter((call) => call === 'PutItem').length
      if (writes !== batches * queues.batchSize) throw new Error(`${writes} events were recorded.`)
      const perSecond = ((batches - 1) * queues.batchSize * 1000) / report.restMs
      return [
        shown('consumer on dynalite, 1 KB bodies, batches of 10', `${perSecond.toFixed(0)} events/s`),
        shown('peak memory of that process', `${report.peakMegabytes.toFixed(0)} MB`),
      ]
    } finally {
      await table.stop()
    }
  })
}

/** Ten events of ten resources. */
function batchOf(batch: number): unknown {
  const ids = Array.from({ length: queues.batchSize }, (_, index) => guid(`resource ${batch} ${index}`))
  return { Records: ids.map((id) => sqsRecord(contactNotification(1024, { id }))) }
}
