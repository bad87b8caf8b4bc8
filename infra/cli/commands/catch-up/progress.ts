import type { WalkPlace } from '../../../../shared/catch-up/walk-item.ts'
import { overwriteLine, printError, terminal } from '../../../terminal/terminal.ts'
import { counted } from '../../terminal/counted.ts'

/** Tells of each page on stderr: over and over in one line of a terminal, elsewhere a line every twenty pages. */
export function walkProgress() {
  let open = ''
  let pages = 0
  return {
    tell({ accountId, kind, place }: { accountId: string; kind: string; place: WalkPlace }) {
      pages++
      const line = `${accountId}, ${kind}: ${counted(place.rows, 'row')} looked at, ${place.found} found`
      if (terminal().stderr.isTTY) {
        overwriteLine(line, false, 'stderr')
        open = line
      } else if (pages % 20 === 0) printError(line)
    },
    end() {
      if (open !== '') overwriteLine(open, true, 'stderr')
      open = ''
    },
  }
}
