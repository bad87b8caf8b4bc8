import { bundleFigures } from './bundle-size.ts'
import { callFigures } from './calls.ts'
import type { Figure } from './figure.ts'
import { isolationFigures } from './isolation.ts'
import { lineFigures } from './line-bytes.ts'
import { receiverWorkFigures } from './receiver-work.ts'
import { sideBySideFigures } from './side-by-side.ts'
import { unitFigures } from './units.ts'

export interface MeasureOptions {
  /** So often each side is measured beside the others. */
  rounds: number
}

/** Figures that belong together, by the name that `--only` and `--except` take. */
export interface Group {
  name: string
  title: string
  measure(options: MeasureOptions): Promise<Figure[]>
}

/** In the order in which they are printed. */
export const groups: readonly Group[] = [
  { name: 'units', title: 'DynamoDB write units', measure: unitFigures },
  { name: 'calls', title: 'AWS calls', measure: callFigures },
  { name: 'lines', title: 'Bytes of the canonical log lines', measure: lineFigures },
  { name: 'bundle', title: 'Bundles, minified', measure: bundleFigures },
  { name: 'receiver', title: 'Receiver work, without the SDK', measure: receiverWorkFigures },
  {
    name: 'peer',
    title: 'Beside an assembly of Powertools, ours : peer : floor',
    measure: sideBySideFigures,
  },
  { name: 'isolation', title: 'Beside a failing handler', measure: isolationFigures },
]
