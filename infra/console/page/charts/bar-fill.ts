import type { OutcomeWords } from '../parts/outcome-words.ts'

/** What a bar is filled with: what failed has slanted lines, and what was dropped nothing, so that both are told apart without their colour. */
export function barFill(
  tone: OutcomeWords['tone'],
  colour: (name: string) => string,
): CanvasPattern | string {
  if (tone === 'quiet') return colour('surface')
  return tone === 'bad' || tone === 'dead' ? hatched(colour(tone), colour('surface')) : colour(tone)
}

function hatched(colour: string, ground: string): CanvasPattern | string {
  const tile = document.createElement('canvas')
  tile.width = 6
  tile.height = 6
  const pen = tile.getContext('2d')
  if (!pen) return colour
  pen.fillStyle = ground
  pen.fillRect(0, 0, 6, 6)
  pen.strokeStyle = colour
  pen.lineWidth = 2.5
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6)
    pen.lineTo(shift + 6, 0)
  }
  pen.stroke()
  return pen.createPattern(tile, 'repeat') ?? colour
}
