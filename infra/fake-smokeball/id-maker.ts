import { createHash } from 'node:crypto'

/** Makes ids that look like GUIDs: unique within one maker whatever `random` returns, and repeatable if it is. */
export function idMaker(random: () => number): () => string {
  let count = 0
  return function nextId() {
    count += 1
    const hex = createHash('sha256').update(`${count}|${random()}`).digest('hex')
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
  }
}
