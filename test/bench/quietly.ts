const levels = ['info', 'warn', 'error'] as const

/** Runs `work` with the functions' log lines thrown away. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const kept = levels.map((level) => console[level])
  for (const level of levels) console[level] = () => undefined
  try {
    return await work()
  } finally {
    for (const [index, level] of levels.entries()) console[level] = kept[index] ?? console.log
  }
}
