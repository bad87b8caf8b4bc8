import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { stringifyLossless } from '../../../../shared/event/lossless-json.ts'
import { eventsToExport, exportedEvent } from '../../../operate/accounts/export-account.ts'
import { givenPath, printStyled, shortened } from '../../../terminal/terminal.ts'
import { jsonForTerminal } from '../../../terminal/terminal-text.ts'
import { UsageError } from '../../../terminal/usage-error.ts'
import { lookProgress } from '../../terminal/held-words.ts'
import { unlessInterrupted } from '../../terminal/until-interrupted.ts'
import { checkedAccountId } from '../chosen-accounts.ts'
import { reading } from '../command.ts'
import { onDeployment, type Run } from '../on-deployment.ts'

/** Where lines go, one after the other. `done`: all are there. */
interface Lines {
  write(line: string): void
  done(): void
  end(): void
}

/** Writes what a deployment has of a firm. */
export const accountsExport = reading(
  'export <account>',
  "Writes an account's events as JSON lines: what `events list --json` tells of each, and the notification's exact text. It reads " +
    'the whole table. A file is there once all is in it; run it again if it was stopped.',
  [
    'accounts export 1e53979d-9269-4159-b104-2e603670f59d --stage prod --output firm.jsonl',
    'accounts export 1e53979d-9269-4159-b104-2e603670f59d --stage prod | gzip > firm.jsonl.gz',
  ],
)
  .option('--output <file>', 'a file, or - for stdout', '-')
  .hook('preAction', ({ args }) => void checkedAccountId(args[0] ?? ''))
  .action(
    onDeployment<{ output: string }>(async (run, { output }, accountId = '') => {
      const lines = output === '-' ? toStdout() : toFile(givenPath(output))
      try {
        const events = await exportTo(lines, run, accountId)
        lines.done()
        tellDone(run, { accountId, events, output })
      } finally {
        lines.end()
      }
    }),
  )

async function exportTo(lines: Lines, { deployment }: Run, accountId: string): Promise<number> {
  const { dynamodb, outputs } = deployment
  const progress = lookProgress()
  const { events } = await unlessInterrupted(
    async (signal) => {
      let events = 0
      const found = eventsToExport({ dynamodb, tableName: outputs.TableName }, accountId, {
        onStep: (step) => progress.tell(step.looked, `${step.events} events of ${accountId} written`),
        signal,
      })
      for await (const event of found) {
        signal.throwIfAborted()
        lines.write(stringifyLossless(exportedEvent(event)))
        events += 1
      }
      return { events }
    },
    () => 'Stopped before all was written. Run it again.',
  )
  progress.end()
  return events
}

function tellDone(
  { deployment, out }: Run,
  { accountId, events, output }: { accountId: string; events: number; output: string },
): void {
  const what = `Wrote ${events} events of ${accountId}, of ${deployment.name}`
  if (output === '-') {
    out.note(`${what}.`)
    return
  }
  const file = shortened(givenPath(output))
  out.result({ account: accountId, deployment: deployment.name, events, file }, [`${what}, to ${file}.`])
}

function toStdout(): Lines {
  return { write: (line) => printStyled(jsonForTerminal(line)), done() {}, end() {} }
}

/** Until all is written, the file has another name beside its own. Only its owner may read it. Throws `UsageError`. */
function toFile(file: string): Lines {
  const part = `${file}.part`
  const opened = openFile(part)
  return {
    write: (line) => writeFileSync(opened, `${line}\n`),
    done: () => renameSync(part, file),
    end() {
      closeSync(opened)
      rmSync(part, { force: true })
    },
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'w', 0o600)
  } catch (error) {
    throw new UsageError(
      `Cannot write ${file}: ${(error as Error).message}. Name another with --output FILE.`,
      {
        cause: error,
      },
    )
  }
}
