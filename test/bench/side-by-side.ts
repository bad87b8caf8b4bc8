import { type Figure, portable, ratio, ratioAtLeast, shown } from './figure.ts'
import { inFolder } from './fresh-process.ts'
import { meteredConsumer } from './metered-consumer.ts'
import { contactNotification } from './notifications.ts'
import { installPeer } from './peer-packages.ts'
import { withCpuApart } from './pinned.ts'
import { consumerSample, type Place, receiverSample } from './side-runs.ts'
import { buildSides, kilobytesOf, type Side, type SideName, sideNames } from './sides.ts'
import { median } from './timing.ts'
import { againIfUnexpected } from './unexpected-answer.ts'

type Sample = Awaited<ReturnType<typeof receiverSample>> & Awaited<ReturnType<typeof consumerSample>>
type Round = Record<SideName, Sample>

/**
 * This project beside what an engineer would assemble of Powertools, and beside the least that could be done: all of them
 * bundled, each run in processes of its own, in turns. Ratios are of the same round. Throws `UsageError` when the peer cannot be installed.
 */
export async function sideBySideFigures({ rounds }: { rounds: number }): Promise<Figure[]> {
  installPeer()
  return inFolder(async (folder) => {
    const sides = await buildSides(folder)
    const measured = await withCpuApart(async (cpus) => ({
      cpus,
      rounds: await inTurns(sides, { folder, cpus }, rounds),
    }))
    return [
      ...ratiosOf(measured.rounds),
      ...(await sameEverywhere(sides, measured.rounds)),
      shown(
        'how',
        `${rounds} rounds in turns; ${measured.cpus === undefined ? 'functions and AWS share CPUs, since there is one, or taskset is not there or failed: more noise' : 'functions and AWS each on CPUs of their own'}`,
      ),
    ]
  })
}

async function inTurns(sides: Record<SideName, Side>, place: Place, rounds: number): Promise<Round[]> {
  const all: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const samples: Partial<Round> = {}
    for (let nth = 0; nth < sideNames.length; nth++) {
      // Each round begins with another side.
      const side = sides[sideNames[(round + nth) % sideNames.length] ?? 'ours']
      samples[side.name] = {
        ...(await againIfUnexpected(() => receiverSample(side, place))),
        ...(await againIfUnexpected(() => consumerSample(side, place))),
      }
    }
    all.push(samples as Round)
  }
  return all
}

function ratiosOf(rounds: readonly Round[]): Figure[] {
  const figure = (
    what: string,
    name: keyof Sample,
    limit: number,
    { unit = 'µs', scale = 1000, judge = ratio } = {},
  ) => {
    const toPeer = (side: SideName) => median(rounds.map((round) => round[side][name] / round.peer[name]))
    const values = sideNames.map((side) =>
      (median(rounds.map((round) => round[side][name])) * scale).toFixed(0),
    )
    return judge(
      what,
      toPeer('ours'),
      limit,
      `floor ${toPeer('floor').toFixed(2)} ×  (${values.join(' : ')} ${unit})`,
    )
  }
  const speed = { unit: 'events/s', scale: 1, judge: ratioAtLeast }
  const ms = { unit: 'ms', scale: 1 }
  return [
    figure('consumer on dynalite, new events', 'newPerSecond', 1.25, speed),
    figure('consumer on dynalite, duplicates', 'duplicatePerSecond', 0.85, speed),
    figure('consumer on dynalite, late events', 'latePerSecond', 0.85, speed),
    figure('consumer, CPU an event, DynamoDB canned', 'cannedCpuMs', 0.7),
    figure('receiver, CPU a delivery of 1 KB', 'shortCpuMs', 0.8),
    figure('receiver, CPU a delivery of 200 KB', 'longCpuMs', 0.3),
    figure('receiver, CPU of refusing a signature', 'refusedCpuMs', 0.6),
    figure('receiver, import + first delivery', 'receiverColdMs', 0.68, ms),
    figure('consumer, import + first event', 'consumerColdMs', 0.85, ms),
  ]
}

/** What no machine changes: ours may not be more than the peer's. */
async function sameEverywhere(sides: Record<SideName, Side>, [round]: readonly Round[]): Promise<Figure[]> {
  if (!round) throw new RangeError('At least one round is needed.')
  const figure = (what: string, of: (side: SideName) => number, unit = '') => {
    const [ours = 0, peer = 0, floor = 0] = sideNames.map((side) => Math.ceil(of(side)))
    return portable(what, ours, peer, unit, `(floor ${floor}${unit})`)
  }
  const units = await unitsOfOurs()
  return [
    figure('receiver, bundle', (side) => kilobytesOf(sides[side].receiver), ' KB'),
    figure('write units of an event of 1 KB', (side) => (side === 'ours' ? units : unitsOf(round[side]))),
    shown('consumer, bundle', `${sideNames.map((side) => kilobytesOf(sides[side].consumer)).join(' : ')} KB`),
    shownOf('sent to DynamoDB for an event', 'sentBytes', round),
    shownOf('log of a delivery', 'deliveryLogBytes', round),
    shownOf('log of an event', 'eventLogBytes', round),
    shownOf('peak memory of a receiver', 'receiverMegabytes', round, 'MB'),
    shownOf('peak memory of a consumer', 'consumerMegabytes', round, 'MB'),
  ]
}

async function unitsOfOurs(): Promise<number> {
  const { costOf, stop } = await meteredConsumer()
  try {
    return (await costOf(contactNotification(1024))).total
  } finally {
    await stop()
  }
}

/** None of the others' items is longer than a unit, so that each write is one. */
function unitsOf({ writes, largestItem }: Sample): number {
  if (largestItem > 1024) throw new Error(`An item of ${largestItem} bytes takes more than one write unit.`)
  return writes
}

function shownOf(what: string, name: keyof Sample, round: Round, unit = 'B'): Figure {
  return shown(what, `${sideNames.map((side) => round[side][name].toFixed(0)).join(' : ')} ${unit}`)
}
