import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type ReleasedTemplate,
  refusedChanges,
  releasedParts,
  type Template,
} from '../../../infra/aws/template-changes.ts'
import { synthesize } from './synthesize.ts'

const released = JSON.parse(
  readFileSync(new URL('released-template.json', import.meta.url), 'utf8'),
) as ReleasedTemplate & { release: string }
const plain = synthesize().template.toJSON() as Template
const changed = (change: (template: Template) => void): string[] => {
  const template = structuredClone(plain)
  change(template)
  return refusedChanges(releasedParts(plain), releasedParts(template))
}
/** The properties of the one resource of this type whose id contains `part`. */
const properties = ({ Resources }: Template, type: string, part = '') => {
  const [found] = Object.entries(Resources).filter(([id, { Type }]) => Type === type && id.includes(part))
  if (!found?.[1].Properties) throw new Error(`There is no ${type} ${part}.`)
  return found[1].Properties
}
const indexes = (template: Template) =>
  properties(template, 'AWS::DynamoDB::Table').GlobalSecondaryIndexes as Record<string, unknown>[]

const changelog = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8')

/** Changes since the last release that would be refused and are meant, with the words of the changelog that tell of them. */
const meant = [
  {
    change:
      'WebhooksApiAccessLogs24B73F21: another LogGroupName makes a new AWS::Logs::LogGroup, which is empty.',
    told: 'The old group is deleted, with what it holds.',
  },
]

/**
 * A change that this refuses may be meant: then it needs a step by hand, which the changelog tells under "Changed" before the
 * file is made anew.
 */
it('CloudFormation takes this template as an update of the last release, and commands find what they did', () => {
  expect(Object.keys(released.resources).length).toBeGreaterThan(9)
  expect(refusedChanges(released, releasedParts(plain))).toEqual(meant.map(({ change }) => change))
})

it('the changelog tells of each change of that kind that is meant', () => {
  const [unreleased = ''] = changelog.split('\n## 0.')
  for (const { told } of meant) expect(unreleased).toContain(told)
})

it('a template is taken as an update of itself', () => {
  expect(changed(() => {})).toEqual([])
})

describe('an update is refused that', () => {
  it.each<[string, (template: Template) => void, RegExp]>([
    [
      'gives the table other keys',
      (template) => {
        properties(template, 'AWS::DynamoDB::Table').KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }]
      },
      /EventTable.*: another KeySchema makes a new AWS::DynamoDB::Table, which is empty/,
    ],
    [
      'names a queue',
      (template) => {
        properties(template, 'AWS::SQS::Queue', 'QueuesEvents').QueueName = 'events.fifo'
      },
      /another QueueName/,
    ],
    [
      'makes a FIFO queue of a standard one',
      (template) => {
        properties(template, 'AWS::SQS::Queue', 'Delayed').FifoQueue = true
      },
      /another FifoQueue/,
    ],
    [
      'names a secret',
      (template) => {
        properties(template, 'AWS::SecretsManager::Secret', 'Api').Name = 'api'
      },
      /another Name makes a new AWS::SecretsManager::Secret/,
    ],
    [
      'generates a key anew',
      (template) => {
        properties(template, 'AWS::SecretsManager::Secret', 'Webhook').GenerateSecretString = {}
      },
      /another GenerateSecretString/,
    ],
    [
      'moves a resource to another logical id',
      ({ Resources }) => {
        const [id = ''] = Object.keys(Resources).filter((each) => each.includes('QueuesDeadLetters'))
        const { [id]: moved } = Resources
        if (!moved) throw new Error('There is none.')
        delete Resources[id]
        Resources.Moved = moved
      },
      /QueuesDeadLetters\w+ \(AWS::SQS::Queue\) is gone/,
    ],
    [
      'projects more into an index under its name',
      (template) => {
        Object.assign(indexes(template)[0] ?? {}, { Projection: { ProjectionType: 'ALL' } })
      },
      /the index feed cannot have other keys or attributes under its name/,
    ],
    [
      'replaces an index by another in one step',
      (template) => {
        Object.assign(indexes(template)[0] ?? {}, { IndexName: 'feed2' })
      },
      /2 indexes come or go, and an update takes one such change/,
    ],
    [
      'drops an output',
      ({ Outputs }) => {
        delete Outputs?.TableName
      },
      /The output TableName is gone/,
    ],
    [
      'drops a parameter',
      ({ Parameters }) => {
        delete Parameters?.TakeConnectedAccountsOnly
      },
      /The parameter TakeConnectedAccountsOnly is gone/,
    ],
  ])('%s', (_, change, message) => {
    expect(changed(change)).toEqual([expect.stringMatching(message)])
  })

  it('renames an export', () => {
    const exporting = (Name: string) =>
      releasedParts({ Resources: {}, Outputs: { Url: { Export: { Name } } } })
    expect(refusedChanges(exporting('Url'), exporting('Address'))).toEqual([
      expect.stringMatching(/The output Url has another export name/),
    ])
  })
})

it('one index more is taken, as are more outputs', () => {
  const more = changed((template) => {
    indexes(template).push({ IndexName: 'third' })
    Object.assign(template.Outputs ?? {}, { More: { Value: 'x' } })
  })
  expect(more).toEqual([])
})
