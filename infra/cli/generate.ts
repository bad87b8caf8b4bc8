/** `npm run generate`. A file of its own: scripts are imported by their launcher, and cannot tell whether they are meant. */
import { writeFileSync } from 'node:fs'
import { generatedFiles } from '../smokeball/generate-payloads.ts'
import { generatedPages } from './docs/generated-pages.ts'

for (const { url, contents } of [...generatedFiles, ...generatedPages]) writeFileSync(url, contents())
