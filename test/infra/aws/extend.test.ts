import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { afterAll, expect, it } from 'vitest'
import { WebhooksStack } from '../../../infra/aws/stack.ts'
import { readExtend } from '../../../infra/settings/read-settings.ts'
import { stackName } from '../../../infra/settings/stages.ts'
import type { Extend } from '../../../infra/smokeball-webhooks.ts'
import { exampleHandlers, newApp, synthesize } from './synthesize.ts'

const folder = mkdtempSync(join(tmpdir(), 'extend-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function extended(extend: Extend): Template {
  const stack = new WebhooksStack(newApp(), stackName('dev'), {
    stage: 'dev',
    settings: exampleHandlers,
    extend,
  })
  return Template.fromStack(stack)
}

/** The example of docs/configuring.md. */
const withBucket: Extend = (stack, smokeball) => {
  const documents = new Bucket(stack, 'Documents', { enforceSSL: true })
  documents.grantPut(smokeball.consumer)
  smokeball.consumer.addEnvironment('DOCUMENTS_BUCKET', documents.bucketName)
}

it('adds resources to the stack, which the consumer may use, and leaves the others as they are', () => {
  const template = extended(withBucket)
  const [bucket = ''] = Object.keys(template.findResources('AWS::S3::Bucket'))
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { DOCUMENTS_BUCKET: { Ref: bucket } } },
  })
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('s3:PutObject')
  const idsOf = (of: Template) => Object.keys((of.toJSON() as { Resources: object }).Resources)
  expect(idsOf(template)).toEqual(expect.arrayContaining(idsOf(synthesize({ stage: 'dev' }).template)))
})

it('is done when it returns', () => {
  const later = (async () => {
    throw new Error('too late')
  }) as unknown as Extend
  expect(() => extended(later)).toThrow(/`extend` has to be done when it returns: .* without `async`/)
})

it('is an export of infra/handlers.ts, or there is none', async () => {
  const found = await readExtend(file('with.ts', 'export const extend = (stack) => stack\nexport default {}'))
  expect((found as (given: string) => string)('the stack')).toBe('the stack')
  expect(await readExtend(file('without.ts', 'export default {}'))).toBeUndefined()
})

it('is refused as anything but a function, and told by file and line when the file fails', async () => {
  await expect(readExtend(file('object.ts', 'export const extend = {}'))).rejects.toThrow(
    /object\.ts: export `extend` as a function: export const extend: Extend =/,
  )
  await expect(readExtend(file('failing.ts', "\nthrow new Error('no such luck')"))).rejects.toThrow(
    /failing\.ts:2: Error: no such luck/,
  )
})
