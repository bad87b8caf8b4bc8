import { describe, expect, it } from 'vitest'
import { namedLetters } from '../../../infra/cli/commands/dlq/chosen-letters.ts'
import type { DeadLetter } from '../../../infra/operate/dead-letters/dead-letter.ts'
import { parseTicks } from '../../../shared/event/ticks.ts'

function letter(id: string, eventId?: string, reference = `mhikn8rn-${eventId?.slice(0, 8)}`): DeadLetter {
  const resource = { kind: 'contact', id: '1' }
  const facts = { type: 'contact.updated', accountId: 'a', resource, resourceKey: 'a|contact|1' }
  return {
    ...{ id, kind: 'other', reason: '', sinceEpochMs: 0, fence: 1, movedBySqs: false },
    ...(eventId !== undefined && {
      event: { reference, eventId, ticks: parseTicks('639170696424691361'), ...facts },
    }),
  }
}

const one = letter('11111111-aaaa-4aaa-8aaa-000000000001', 'd79d4bee09130000000000000000000a')
const older = letter('22222222-aaaa-4aaa-8aaa-000000000002', 'd79d4bee09130000000000000000000a')
const similar = letter(
  '33333333-aaaa-4aaa-8aaa-000000000003',
  'd79d4bee09140000000000000000000b',
  'mhikn8ro-d79d4bee',
)
const unread = letter('44444444-aaaa-4aaa-8aaa-000000000004')
const letters = [one, older, similar, unread]
const found = (name: string) => namedLetters(letters, name)

describe('a dead letter', () => {
  it.each([
    ['its reference', 'mhikn8ro-d79d4bee', [similar]],
    ['a reference of an event with two letters', 'MHIKN8RN-d79d4bee', [one, older]],
    ['an event id', 'd79d4bee09130000000000000000000a', [one, older]],
    ['how an event id begins', ' d79d4bee0914', [similar]],
    ['a message id', '22222222-AAAA-4aaa-8aaa-000000000002', [older]],
    ['how a message id begins', '44444444', [unread]],
    ['more of a message id', '33333333-aaaa-4', [similar]],
    ['nothing that is there', 'deadbeef', []],
  ] as const)('is named by %s', (_, name, expected) => expect(found(name)).toEqual(expected))

  it('is named by the reference of another delivery of its event, which came at another moment', () => {
    expect(namedLetters([similar, unread], 'mhikzzzz-d79d4bee')).toEqual([similar])
  })

  it('is not guessed where several are named', () => {
    expect(() => found('d79d4bee')).toThrow(
      /^d79d4bee names several\. Give one's whole id: d79d.*0a or d79d.*0b$/,
    )
  })

  it.each(['', 'x', 'd79d4be', '../etc', 'd79d4bee!'])('is not named by %j', (name) => {
    expect(() => found(name)).toThrow(expect.objectContaining({ exitCode: 2 }))
  })
})
