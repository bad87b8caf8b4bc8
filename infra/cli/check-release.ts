/** `npm run check:release`: fails when the user's files are not as in the newest release. */
import { print, runCommand } from '../terminal/terminal.ts'
import { checkReleasedFiles } from './released-files.ts'

await runCommand(async () => print(checkReleasedFiles()))
