import type { OutcomeWords } from './outcome-words.ts'
import { Shape } from './shape.tsx'

/** An outcome as a mark and a word; what it means is told by hovering, and in words where there is room. */
export function OutcomeMark({ of }: { of: OutcomeWords }) {
  return (
    <span class={`outcome tone-${of.tone}`} title={of.means}>
      <svg class="mark" viewBox="-7 -7 14 14" aria-hidden="true">
        <Shape name={of.shape} />
      </svg>
      {of.word}
    </span>
  )
}
