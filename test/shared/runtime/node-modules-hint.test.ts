import { expect, it } from 'vitest'
import { nodeModulesHint } from '../../../shared/runtime/node-modules-hint.ts'

it.each([
  ["Error: ENOENT: no such file or directory, open '/var/task/data.txt'", true],
  ["Error: ENOENT: no such file or directory, open '/var/assets/data.txt'", true],
  ["Error: ENOENT: no such file or directory, open '/var/runtime/ca-cert.pem'", false],
  ["Error: ENOENT: no such file or directory, open '/variables/x'", false],
  ["Error: EACCES: permission denied, open '/var/task/data.txt'", false],
])('of %j says that a package cannot be bundled: %s', (failure, isSaid) => {
  expect(nodeModulesHint(failure, '/var')).toEqual(isSaid ? expect.stringContaining('nodeModules') : '')
})
