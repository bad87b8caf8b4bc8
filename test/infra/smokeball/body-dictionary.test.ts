import { expect, it } from 'vitest'
import { makeBodyDictionaries } from '../../../infra/smokeball/body-dictionary.ts'

const facts = {
  types: [
    { type: 'widget.updated', payloadSchema: 'Widget' },
    { type: 'noop', payloadSchema: null },
  ],
  schemas: {
    Widget: {
      properties: {
        label: { type: 'string' },
        madeAt: { type: 'string', format: 'date-time' },
        isRound: { type: 'boolean' },
        maker: { allOf: [{ $ref: '#/components/schemas/Maker' }] },
        owners: { type: 'array', items: { $ref: '#/components/schemas/Link' } },
        within: { $ref: '#/components/schemas/Widget' },
      },
    },
    Maker: { type: 'object', properties: { grade: { allOf: [{ $ref: '#/components/schemas/Grade' }] } } },
    Grade: { enum: ['Best', 'Good'] },
    Unused: { properties: { never: { type: 'string' } } },
  },
}

it('has the types of events, and the members of their payloads, filled and empty', () => {
  const { widget: dictionary = '' } = makeBodyDictionaries(facts)
  const expected = [
    '"type":"widget.updated"',
    '"label":"","madeAt":"20T00:00:00Z","isRound":false,"maker":{},"owners":[{"id":"","rel":""}]',
    '"label":null,"madeAt":null,"maker":null,"owners":[]',
    '"grade":"Best"',
  ]
  expect(expected.filter((part) => !dictionary.includes(part))).toEqual([])
  expect(dictionary).not.toContain('never')
})

it('says each member once, and has no id, day or ticks of a sample', () => {
  const types = [...facts.types, { type: 'matter.updated', payloadSchema: null }]
  const { '*': all = '', widget = '', matter = '' } = makeBodyDictionaries({ ...facts, types })
  expect(widget.split('"label":""')).toHaveLength(2)
  expect(matter).toContain('"accountId":"","userId":"","subscriptionId":"","type":"matter.updated"')
  expect(`${all}${matter}`.match(/[1-9a-f][0-9a-f]{7}-|\d{17,}|\d{4}-\d\d-/g)).toBeNull()
})

it('is the same each time it is made', () => {
  expect(makeBodyDictionaries(facts)).toEqual(makeBodyDictionaries(structuredClone(facts)))
})
