import type { OutcomeText } from '../../../../shared/event/outcomes.ts'
import type { OutcomeWords } from './outcome-words.ts'

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

/** A mark of an outcome around the middle of an SVG, 10 wide: told apart by its form, and not by its colour alone. */
export function Shape({ name }: { name: OutcomeText['shape'] }) {
  switch (name) {
    case 'circle':
      return <circle class="shape-full" r="4.5" />
    case 'ring':
      return <circle class="shape-line" r="3.9" />
    case 'diamond':
      return <path class="shape-line" d="M0 -5 L5 0 L0 5 L-5 0 Z" />
    case 'triangle':
      return <path class="shape-full" d="M-5 -4 L5 -4 L0 5 Z" />
    case 'square':
      return <rect class="shape-full" x="-4.5" y="-4.5" width="9" height="9" />
    case 'cross':
      return <path class="shape-stroke" d="M-4 -4 L4 4 M-4 4 L4 -4" />
    case 'dashed':
      return <circle class="shape-dashed" r="3.9" />
    case 'bar':
      return <path class="shape-stroke" d="M-4.5 0 L4.5 0" />
  }
}
