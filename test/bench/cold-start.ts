import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { bundleOptions } from '../../infra/bundle/bundle.ts'
import { deliveryEvent } from './delivery.ts'
import { type Figure, ratio, shown } from './figure.ts'
import { inFolder, runFresh } from './fresh-process.ts'
import { contactNotification } from './notifications.ts'
import { startStub } from './stub-aws.ts'
import { median } from './timing.ts'

const limit = 1.25
const runs = 15

/**
 * Import + first call in a fresh process, of the receiver and of a bundle that only sends one message, in turns. Both
 * talk to the same stub on this machine; the receiver reads its secret there, too.
 */
export function coldStartFigures(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const receiverOptions = bundleOptions('receiver', { outdir: folder })
    const minimalOptions = minimalBundle(join(folder, 'minimal.mjs'))
    await Promise.all([build(receiverOptions), build(minimalOptions)])
    const [receiver, minimal] = [receiverOptions.outfile ?? '', minimalOptions.outfile ?? '']
    const stub = await startStub()
    const start = async (bundle: string) => {
      const report = await runFresh(folder, bundle, [deliveryEvent(contactNotification(1024))], stub.env)
      const { statusCode } = report.answer as { statusCode: number }
      if (statusCode !== 200) throw new Error(`${bundle} answered ${statusCode}.`)
      return report
    }
    try {
      await start(receiver)
      await start(minimal)
      const pairs: Pair[] = []
      for (let run = 0; run < runs; run++) {
        pairs.push({ receiver: await start(receiver), minimal: await start(minimal) })
      }
      return figuresOf(pairs)
    } finally {
      await stub.stop()
    }
  })
}

type Report = Awaited<ReturnType<typeof runFresh>>
type Pair = { receiver: Report; minimal: Report }

/** What esbuild bundles for Node when it is told no more. */
function minimalBundle(outfile: string): BuildOptions {
  return {
    entryPoints: [fileURLToPath(new URL('minimal-sender.ts', import.meta.url))],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'silent',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  }
}

function figuresOf(pairs: readonly Pair[]): Figure[] {
  const medians = (of: (report: Report) => number) => ({
    receiver: median(pairs.map(({ receiver }) => of(receiver))),
    minimal: median(pairs.map(({ minimal }) => of(minimal))),
  })
  const cold = medians(({ coldMs }) => coldMs)
  const whole = medians(({ processMs }) => processMs)
  const memory = medians(({ peakMegabytes }) => peakMegabytes)
  const both = ({ receiver, minimal }: typeof cold, unit: string) =>
    `${receiver.toFixed(0)} : ${minimal.toFixed(0)} ${unit}`
  return [
    ratio(
      'import + first call, receiver : bare SQS send',
      cold.receiver / cold.minimal,
      limit,
      `(${both(cold, 'ms')})`,
    ),
    shown('whole process, receiver : bare SQS send', both(whole, 'ms')),
    shown('peak memory after one delivery, likewise', both(memory, 'MB')),
  ]
}
