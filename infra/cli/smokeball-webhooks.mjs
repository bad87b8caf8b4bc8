#!/usr/bin/env node
// @ts-check
/**
 * The program `smokeball-webhooks`, which the scripts of `package.json` call, too. It finds a Node that runs TypeScript, and
 * runs `main.ts` in the project's folder, wherever it was called.
 */
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')
// Paths of the command line begin where the user is. npm runs scripts in the project's folder, and tells that place.
if (process.cwd() !== root) {
  process.env.INIT_CWD = process.cwd()
  process.chdir(root)
}
process.argv.splice(2, 0, fileURLToPath(new URL('main.ts', import.meta.url)))
await import('./on-node24.mjs')
