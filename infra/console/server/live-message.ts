/** `events`: the look at the table. */
export type ProblemSource = 'events' | 'status'

/** What the page is told as it happens. */
export interface LiveMessage {
  event: 'row' | 'delivery' | 'status' | 'problem'
  /** JSON */
  data: string
}

export function liveMessage(event: LiveMessage['event'], data: object): LiveMessage {
  return { event, data: JSON.stringify(data) }
}
