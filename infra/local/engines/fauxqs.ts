import { findPackageJSON } from 'node:module'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { BuildAppOptions } from 'fauxqs'
import { UsageError } from '../../terminal/usage-error.ts'

/**
 * fauxqs 2.4.1 refuses messages with characters beyond U+FFFF, an emoji say, which SQS takes (`#x10000` to `#x10FFFF`:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). Sets its pattern right.
 */
export async function letFauxqsTakeAstralCharacters(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR } = await fauxqsModule<{ INVALID_MESSAGE_BODY_CHAR: RegExp }>(
    'sqs/sqsTypes.js',
  )
  INVALID_MESSAGE_BODY_CHAR.compile(
    '[^\\t\\n\\r\\u{20}-\\u{D7FF}\\u{E000}-\\u{FFFD}\\u{10000}-\\u{10FFFF}]',
    'u',
  )
}

/** Loads a module of fauxqs that its package does not export. */
function fauxqsModule<T>(file: string): Promise<T> {
  const manifest = findPackageJSON('fauxqs', import.meta.url)
  return import(new URL(`dist/${file}`, pathToFileURL(manifest ?? '')).href) as Promise<T>
}

type Stores = NonNullable<BuildAppOptions['stores']>

/**
 * This part of fauxqs is not exported. Without it, only fauxqs's own server keeps queues, and that listens on every interface.
 */
interface Persistence {
  db: DatabaseSync
  updateMessageReady(messageId: string): void
  loadSqsQueues(store: Stores['sqsStore']): void
  close(): void
}

/**
 * Makes the stores of fauxqs 2.4.1 with queues that lie in `folder`: what is there from the last run, and every change from
 * now on, written before it is answered. A process that is killed loses none of it. What was in work then is in the queue
 * again. Throws `UsageError` when they cannot be read.
 */
export async function keptQueues(folder: string): Promise<{ stores: Stores; close(): void }> {
  const [{ PersistenceManager }, { SqsStore }, { SnsStore }, { S3Store }] = await Promise.all([
    fauxqsModule<{ PersistenceManager: new (folder: string) => Persistence }>('persistence.js'),
    fauxqsModule<{ SqsStore: new () => Stores['sqsStore'] }>('sqs/sqsStore.js'),
    fauxqsModule<{ SnsStore: new () => Stores['snsStore'] }>('sns/snsStore.js'),
    fauxqsModule<{ S3Store: new () => Stores['s3Store'] }>('s3/s3Store.js'),
  ])
  const persistence = opened(() => new PersistenceManager(folder), folder)
  const { db } = persistence
  // What a killed process leaves is whole without waiting for the disk. Only a loss of power may take something.
  db.exec('PRAGMA synchronous = NORMAL')
  const visible = 'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL'
  db.exec(visible)
  // fauxqs would also set the count of receives to NULL, which the column does not take, and the message would be lost.
  const letOneBeVisible = db.prepare(`${visible} WHERE message_id = ?`)
  persistence.updateMessageReady = (messageId) => void letOneBeVisible.run(messageId)
  const sqsStore = new SqsStore()
  persistence.loadSqsQueues(sqsStore)
  const kept = persistence as unknown as NonNullable<Stores['sqsStore']['persistence']>
  sqsStore.persistence = kept
  for (const queue of sqsStore.allQueues()) queue.persistence = kept
  return {
    stores: { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() },
    close: () => persistence.close(),
  }
}

function opened(open: () => Persistence, folder: string): Persistence {
  try {
    return open()
  } catch (error) {
    const why = (error as Error).message
    throw new UsageError(
      `Cannot read the queues in ${folder}: ${why}. Remove that folder: the events that wait in it are lost then.`,
      {
        cause: error,
      },
    )
  }
}
