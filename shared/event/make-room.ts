import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { largeFromChars } from './envelope.ts'

/**
 * Called before a text of so many characters is parsed. Parsed, 6 MB of `{},` take 250 MB, and V8 lets as much garbage stand
 * until its heap is full: Lambda lets the heap grow to nine tenths of the function's memory, and the process is then over
 * it by what is not in the heap. So what the last large text left behind goes first: 10 to 25 ms.
 */
export type MakeRoom = (chars: number) => void

export function roomMaker(): MakeRoom {
  let collect: (() => void) | undefined
  return function makeRoom(chars) {
    if (chars < largeFromChars) return
    collect ??= garbageCollector()
    collect()
  }
}

/** Lambda starts Node with `--expose-gc`, https://github.com/aws/aws-lambda-base-images; elsewhere the flag is set for a moment. */
function garbageCollector(): () => void {
  if (globalThis.gc) return globalThis.gc as () => void
  setFlagsFromString('--expose-gc')
  const gc: () => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return gc
}
