import { deliveryOfLine, type LocalLine } from '../../operate/log-lines.ts'
import { resourceId, text } from '../../terminal/line-cells.ts'

/** A delivery as the page is told of it; undefined for a line that tells of something else. */
export function deliveryJson(line: LocalLine): object | undefined {
  const told = deliveryOfLine(line)
  if (!told) return undefined
  const { delivery, type, resource, event, why, ms } = told
  return {
    ...{ at: line.at.toISOString(), outcome: line.droppedByQueue ? 'dropped' : delivery },
    ...(type !== undefined && { type: text(type) }),
    ...(resource !== undefined && { resource: resourceId(resource) }),
    ...(event !== undefined && eventNames(text(event))),
    ...(why !== undefined && { why: text(why) }),
    ...(typeof ms === 'number' && { ms }),
  }
}

/** By its reference, and by how its id begins. */
function eventNames(reference: string): object {
  return { reference, event: reference.replace(/^.*-/, '') }
}
