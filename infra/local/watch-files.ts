import { readFileSync, unwatchFile, watchFile } from 'node:fs'

/** Editors empty a file and write it, or put another in its place. A save counts as over after `settleMs`. */
const usual = { pollMs: 500, settleMs: 200 }

/**
 * Tells of each save that changes what is in a file, which need not be there yet. The returned function ends that.
 * It looks at the files again and again, since what the system tells of them differs by editor and file system. It keeps no
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
