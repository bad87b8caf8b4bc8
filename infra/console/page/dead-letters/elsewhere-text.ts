import { counted } from '../parts/counted.ts'

/** A sentence, after a space, of dead letters that the queue has handed out to another look; nothing if there are none. */
export function elsewhereText(elsewhere: number): string {
  if (elsewhere === 0) return ''
  const are = elsewhere === 1 ? 'is' : 'are'
  return ` ${counted(elsewhere, 'dead letter')} ${are} being looked at by somebody else just now: look again in a minute.`
}
