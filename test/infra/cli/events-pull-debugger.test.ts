import { expect, it } from 'vitest'
import { debuggedPull } from './debugged-pull.ts'

it('leaves nobody waiting for a debugger when it is stopped', async (context) => {
  const { child, said, ended } = await debuggedPull(context)
  await expect.poll(() => said.stdout, { timeout: 50_000 }).toContain('Set breakpoints in')
  const [url = ''] = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(said.stdout) ?? []
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  await expect
    .poll(() =>
      fetch(url.replace('ws:', 'http:')).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone')
})
