import { overwriteLine, printError, terminal } from '../../terminal/terminal.ts'

/** Over and over in one line of a terminal; elsewhere, a line every tenth part. On stderr: it is no result. */
export function progress(all: number, what: string): (done: number, note?: string) => void {
  let told = 0
  return function showProgress(done, note = '') {
    const line = `${done} of ${all} ${what}${note}`
    if (terminal().stderr.isTTY) overwriteLine(line, done === all, 'stderr')
    else if (done >= all || done - told >= all / 10) {
      told = done
      printError(line)
    }
  }
}
