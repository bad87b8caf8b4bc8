import { readFileSync, unwatchFile, watchFile } from 'node:fs'

/** Editors empty a file and write it, or put another in its place: one save is over after `settleMs`. */
const usual = { pollMs: 500, settleMs: 200 }

/**
 * Tells of each save of a file that changes what is in it, also of one that is not there yet; returns what ends that.
 * Looks at the files again and again, since what the system tells of them differs by editor and file system. Keeps no
 * process alive.
 */
export function watchFiles(
  files: readonly string[],
  onChange: (file: string) => void,
  times: Partial<typeof usual> = {},
): () => void {
  const stops = files.map((file) => watchOne(file, () => onChange(file), { ...usual, ...times }))
  return () => {
    for (const stop of stops) stop()
  }
}

function watchOne(file: string, onChange: () => void, { pollMs, settleMs }: typeof usual): () => void {
  let known = contentOf(file)
  let settling: NodeJS.Timeout | undefined

  function compare(): void {
    const content = contentOf(file)
    if (content === known) return
    known = content
    onChange()
  }

  function settle(): void {
    clearTimeout(settling)
    settling = setTimeout(compare, settleMs).unref()
  }

  watchFile(file, { interval: pollMs, persistent: false }, settle)
  return () => {
    unwatchFile(file, settle)
    clearTimeout(settling)
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
