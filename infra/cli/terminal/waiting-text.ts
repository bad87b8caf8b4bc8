import type { Waiting } from '../../../shared/queue/waiting.ts'

export function waitingText({ waiting, inWork }: Waiting): string {
  return `About ${waiting} ${waiting === 1 ? 'event waits' : 'events wait'}, and ${inWork} ${inWork === 1 ? 'is' : 'are'} in work`
}
