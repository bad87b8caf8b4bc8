import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import project from '../../package.json' with { type: 'json' }
import { benchOptions } from './bench-options.ts'
import { isMissed, ratioAtLeast } from './figure.ts'
import { installPeer, peerFolder } from './peer-packages.ts'
import { cpusOf, withCpuApart } from './pinned.ts'
import { startTable, tableName } from './table-engine.ts'
import { againIfUnexpected, UnexpectedAnswer } from './unexpected-answer.ts'

describe('the packages of the peer', () => {
  it('are the same versions as ours, where both have one', async () => {
    const { dependencies } = JSON.parse(await readFile(join(peerFolder, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const ours: Record<string, string> = { ...project.dependencies, ...project.devDependencies }
    const both = Object.keys(dependencies).filter((name) => ours[name] !== undefined)
    expect(both).toContain('@aws-sdk/client-dynamodb')
    for (const name of both) expect([name, dependencies[name]]).toEqual([name, ours[name]])
  })

  it('come from whatever registry the caller uses', async () => {
    expect(await readFile(join(peerFolder, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/)
  })

  it('are told to be missing when npm cannot install them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'peer-'))
    try {
      await writeFile(join(folder, 'package-lock.json'), '{')
      expect(() => installPeer(folder)).toThrow(/could not be installed[\s\S]*npm run bench -- --except peer/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('a CPU apart', () => {
  it.each([
    ['0,1', ['0', '1']],
    ['0-2,5', ['0', '1', '2', '5']],
    ['', []],
  ])('is one of those that taskset lists as %j', (list, cpus) => {
    expect(cpusOf(list)).toEqual(cpus)
  })

  it('is none where taskset is not there', async () => {
    vi.stubEnv('PATH', '')
    try {
      expect(await withCpuApart(async (cpu) => [cpu])).toEqual([undefined])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it.each([
    ['is none where taskset fails', '*', undefined],
    ['stays so when taskset fails afterwards', '0,1', '0'],
  ])('%s, and tells of CPUs that are not given back', async (_, refused, expected) => {
    const folder = await mkdtemp(join(tmpdir(), 'taskset-'))
    const script = `#!/bin/sh
case "$1 $2" in
  "-pc "*) echo "pid $2's current affinity list: 0,1" ;;
  "-apc "${refused}) exit 1 ;;
esac`
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    vi.stubEnv('PATH', folder)
    try {
      await writeFile(join(folder, 'taskset'), script, { mode: 0o755 })
      expect(await withCpuApart(async (cpu) => [cpu])).toEqual([expected])
      expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/fewer CPUs/))
    } finally {
      vi.unstubAllEnvs()
      warn.mockRestore()
      await rm(folder, { recursive: true })
    }
  })
})

describe('a measurement', () => {
  const failed = new UnexpectedAnswer('The receiver of ours answered 500.')

  it.each([
    ['is made once more after an unexpected answer', [failed], 'measured', 2],
    ['fails when the second answer is unexpected, too', [failed, failed], failed, 2],
    ['fails at once for another reason', [new RangeError('no CPU')], new RangeError('no CPU'), 1],
  ])('%s', async (_, errors, expected, times) => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const measure = vi.fn(async () => 'measured')
    for (const error of errors) measure.mockRejectedValueOnce(error)
    try {
      expect(await againIfUnexpected(measure).catch((error: Error) => error)).toEqual(expected)
      expect(measure).toHaveBeenCalledTimes(times)
      const told = times === 1 ? [] : [[`${failed.message} This is measured once more.`]]
      expect(warn.mock.calls).toEqual(told)
    } finally {
      warn.mockRestore()
    }
  })
})

describe('a table that answers a failed condition as AWS does', () => {
  it('tells the item that is there to those alone who ask for it', async () => {
    const table = await startTable({ itemOnFailure: true })
    const key = { pk: { S: 'a' }, sk: { S: 'b' } }
    const put = new PutItemCommand({
      TableName: tableName,
      Item: { ...key, kept: { N: '1' } },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })
    const update = new UpdateItemCommand({
      TableName: tableName,
      Key: key,
      UpdateExpression: 'SET kept = kept',
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'NONE',
    })
    const refused = (error: unknown) => {
      expect(error).toBeInstanceOf(ConditionalCheckFailedException)
      return (error as ConditionalCheckFailedException).Item
    }
    try {
      table.calls.length = 0
      await table.client.send(put)
      expect(await table.client.send(put).catch(refused)).toEqual({ ...key, kept: { N: '1' } })
      expect(await table.client.send(update).catch(refused)).toBeUndefined()
      // The emulation itself calls nothing: that would be paid by those alone who ask for the item.
      expect(table.calls).toEqual(['PutItem', 'PutItem', 'UpdateItem'])
    } finally {
      await table.stop()
    }
    const plain = await startTable()
    try {
      await plain.client.send(put)
      expect(await plain.client.send(put).catch(refused)).toBeUndefined()
    } finally {
      await plain.stop()
    }
  })
})

describe('the command line of the bench', () => {
  it.each([
    [[], 3, ['units', 'calls', 'lines', 'bundle', 'receiver', 'peer', 'isolation']],
    [['--only', 'peer', '--rounds', '9'], 9, ['peer']],
    [['--except', 'peer'], 3, ['units', 'calls', 'lines', 'bundle', 'receiver', 'isolation']],
  ])('chooses groups and rounds by %j', (args, rounds, names) => {
    const options = benchOptions(args)
    if (options === 'help') throw new Error('It was taken for --help.')
    expect(options.rounds).toBe(rounds)
    expect(options.groups.map(({ name }) => name)).toEqual(names)
  })

  it('is asked for help', () => {
    expect(benchOptions(['--help'])).toBe('help')
  })

  it.each([
    [['--rounds', '0'], /from 1 to 99/],
    [['--only', 'nothing'], /no group 'nothing'; choose one of units/],
    [['--except', 'nothing'], /no group 'nothing'; choose one of units/],
    [['--only', 'units', '--except', 'peer'], /either --only or --except/],
    [['--fast'], /--fast[\s\S]*npm run bench/],
  ])('says what is wrong with %s', (args, message) => {
    expect(() => benchOptions(args)).toThrow(message)
  })
})

it('a ratio that has to reach its target fails nothing, since it depends on the machine', () => {
  const figures = [ratioAtLeast('fast', 1.3, 1.25), ratioAtLeast('slow', 1.2, 1.25)]
  expect(figures.map(({ met, target }) => [met, target])).toEqual([
    [true, '≥ 1.25 ×'],
    [false, '≥ 1.25 ×'],
  ])
  expect(figures.filter(isMissed)).toEqual([])
})
