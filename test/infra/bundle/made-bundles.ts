/**
 * Vitest's `globalSetup`: makes the bundles of the receiver and the keeper, which hold no handlers, once for all tests, and
 * names their folder in `LOCAL_BUNDLES`, where a local run finds them. Made anew when tests run again after a change.
 */
import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { bundlesFolder } from '../../../infra/bundle/bundles-folder.ts'
import { bundleFunction } from '../../../infra/local/lambda/bundle-functions.ts'

export default async function makeBundles(project: TestProject): Promise<() => Promise<void>> {
  const folder = await bundlesFolder()
  await makeBoth(folder)
  project.onTestsRerun(() => makeBoth(folder))
  return () => rm(folder, { recursive: true, force: true })
}

async function makeBoth(folder: string): Promise<void> {
  delete process.env.LOCAL_BUNDLES
  await Promise.all([bundleFunction('receiver', folder), bundleFunction('keeper', folder)])
  process.env.LOCAL_BUNDLES = folder
}
