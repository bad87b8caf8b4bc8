/** One measured figure beside its target. */
export interface Figure {
  what: string
  measured: string
  /** Absent for figures that are only shown. */
  target?: string
  met?: boolean
  /** The same on every machine: a miss fails the bench. */
  portable: boolean
}

/** A figure that must not exceed `limit`, the same on every machine. */
export function portable(what: string, value: number, limit: number, unit = '', note = ''): Figure {
  return {
    what,
    measured: `${value}${unit}${note && `  ${note}`}`,
    target: `≤ ${limit}${unit}`,
    met: value <= limit,
    portable: true,
  }
}

/** A ratio within one run, which noise can spoil: a miss is shown and fails nothing. */
export function ratio(what: string, value: number, limit: number, note = ''): Figure {
  return {
    what,
    measured: `${value.toFixed(2)} ×${note && `  ${note}`}`,
    target: `≤ ${limit} ×`,
    met: value <= limit,
    portable: false,
  }
}

/** The same for one that must reach `limit`. */
export function ratioAtLeast(what: string, value: number, limit: number, note = ''): Figure {
  return { ...ratio(what, value, limit, note), target: `≥ ${limit} ×`, met: value >= limit }
}

/** A figure without a target. */
export function shown(what: string, measured: string): Figure {
  return { what, measured, portable: false }
}

/** What makes the bench fail. */
export function isMissed({ met, portable }: Figure): boolean {
  return portable && met === false
}

/** Figures as lines of a table: mark, what, measured, target. */
export function tableOf(figures: readonly Figure[]): string[] {
  const width = (text: (figure: Figure) => string) =>
    Math.max(...figures.map((figure) => text(figure).length))
  const whatWidth = width(({ what }) => what)
  const measuredWidth = width(({ measured }) => measured)
  return figures.map((figure) => {
    const columns = [
      figure.what.padEnd(whatWidth),
      figure.measured.padEnd(measuredWidth),
      (figure.target ?? '').padEnd(8),
      markOf(figure),
    ]
    return `  ${columns.join('  ')}`.trimEnd()
  })
}

function markOf({ met, portable }: Figure): string {
  if (met === undefined) return ''
  if (met) return 'pass'
  return portable ? 'MISSED' : 'missed (depends on the machine)'
}
