import { RemovalPolicy as Removal, type RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { walksKey } from '../../shared/catch-up/walk-store.ts'
import { asidePrefix } from '../../shared/queue/stored-body.ts'
import { accountsKey, removedAccountsKey } from '../../shared/smokeball-api/account.ts'
import { table as keys } from '../settings/topology.ts'
import type { EncryptionKeys } from './encryption.ts'

/**
 * The CDK's context that names a table to use in the place of the stack's own, which leaves the stack and stays: the middle
 * step of docs/restoring.md.
 */
const restoredTable = 'restoredTable'

/** The kinds of partition keys that there are, as IAM writes patterns. */
const keyPatterns = {
  /** Account, kind and id. No other key has two bars: parts are encoded. */
  resources: '*|*|*',
  openedMessages: 'opened#*',
  /** What a queue did not take, and bodies that none takes. */
  putAside: `${asidePrefix}*`,
  apiWrites: 'write|*',
  apiRate: 'smokeball-api|*',
  /** Firms lie here with their refresh tokens, which are sealed. */
  accounts: accountsKey,
  removedAccounts: removedAccountsKey,
  /** How far catch-up has come with each list of each firm, and who is at it. */
  walks: `${walksKey}*`,
} as const

type KeyedAction = `dynamodb:${'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query'}`

const writes: readonly KeyedAction[] = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem']

/**
 * What DynamoDB does with a key for who reads or writes, as the CDK's own grants have it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const toRead = ['kms:Decrypt', 'kms:DescribeKey'] as const
const toWrite = [...toRead, 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'] as const

export interface EventTableProps {
  readonly removalPolicy: RemovalPolicy
  /** The current one encrypts the table. If there is none, a key of DynamoDB's does. */
  readonly keys: EncryptionKeys
}

/**
 * Each resource's ledger and its events; the `feed` index lists what came lately, the `due` index what is not finished, and writes
 * of the API.
 */
export class EventTable extends Construct {
  readonly table: ITable | Table
  private readonly keys: EncryptionKeys

  constructor(scope: Construct, id: string, { removalPolicy, keys: encryptionKeys }: EventTableProps) {
    super(scope, id)
    this.keys = encryptionKeys
    const restored: unknown = this.node.tryGetContext(restoredTable)
    this.table =
      restored === undefined
        ? this.ownTable(removalPolicy)
        : Table.fromTableName(this, 'Restored', String(restored))
  }

  private ownTable(removalPolicy: RemovalPolicy): Table {
    const { current: encryptionKey } = this.keys
    const table = new Table(this, 'Table', {
      partitionKey: { name: keys.partitionKey, type: AttributeType.STRING },
      sortKey: { name: keys.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: keys.ttlAttribute,
      ...(encryptionKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== Removal.DESTROY,
      removalPolicy,
    })
    for (const index of [keys.feed, keys.due])
      table.addGlobalSecondaryIndex({
        indexName: index.indexName,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.attributes],
      })
    return table
  }

  /** Puts aside what a queue does not take, and reads nothing. */
  grantPutAside(grantee: IGrantable): Grant {
    return this.grantOn(grantee, { 'dynamodb:PutItem': [keyPatterns.putAside] })
  }

  /** Reads and removes what was put aside. */
  grantBringIn(grantee: IGrantable): Grant {
    const { putAside } = keyPatterns
    return this.grantOn(grantee, {
      'dynamodb:Query': [putAside],
      'dynamodb:UpdateItem': [putAside],
      'dynamodb:DeleteItem': [putAside],
    })
  }

  /** Ledgers, events and marks of messages; bodies that no message holds; and what calls of Smokeball's API need. */
  grantLedger(grantee: IGrantable): Grant {
    const { resources, openedMessages, putAside, apiWrites, apiRate, accounts, removedAccounts } = keyPatterns
    return this.grantOn(grantee, {
      'dynamodb:GetItem': [
        resources,
        openedMessages,
        putAside,
        apiWrites,
        apiRate,
        accounts,
        removedAccounts,
      ],
      'dynamodb:PutItem': [resources, apiWrites],
      'dynamodb:UpdateItem': [resources, openedMessages, apiRate, accounts],
      'dynamodb:DeleteItem': [openedMessages],
      // Which accounts were purged, where events of all accounts are taken.
      'dynamodb:Query': [removedAccounts],
    })
  }

  /** Has bodies that no message holds expire sooner. */
  grantExpireBodies(grantee: IGrantable): Grant {
    return this.grantOn(grantee, { 'dynamodb:UpdateItem': [keyPatterns.putAside] })
  }

  /** Accounts and API writes; nothing is deleted, and no event is read. */
  grantAccounts(grantee: IGrantable): Grant {
    const { apiWrites, apiRate, accounts } = keyPatterns
    return this.grantOn(grantee, {
      'dynamodb:GetItem': [accounts, apiRate],
      'dynamodb:PutItem': [apiWrites],
      'dynamodb:UpdateItem': [accounts, apiRate],
      'dynamodb:Query': [accounts],
    })
  }

  /** Compares what lists tell with ledgers, keeps how far walks have come, and stores bodies that no message holds. */
  grantCatchUp(grantee: IGrantable): Grant {
    const { resources, putAside, walks } = keyPatterns
    return this.grantOn(grantee, {
      'dynamodb:GetItem': [resources],
      'dynamodb:PutItem': [putAside],
      'dynamodb:UpdateItem': [walks],
      'dynamodb:DeleteItem': [walks],
      'dynamodb:Query': [walks],
    })
  }

  /** Lists the events that are not finished. */
  grantReadDue(grantee: IGrantable): Grant {
    this.keys.grant(grantee, { by: 'dynamodb', actions: toRead })
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [this.indexArn(keys.due.indexName)],
    })
  }

  private indexArn(name: string): string {
    return `${this.table.tableArn}/index/${name}`
  }

  /** Reads events, a resource's history, the feed and what is not finished; no account, and no write of the API. */
  grantRead(grantee: IGrantable): Grant {
    const { resources } = keyPatterns
    const ofTable = this.grantOn(grantee, {
      'dynamodb:GetItem': [resources],
      'dynamodb:Query': [resources],
    })
    return ofTable.combine(
      Grant.addToPrincipal({
        grantee,
        actions: ['dynamodb:Query'],
        resourceArns: [keys.feed, keys.due].map((index) => this.indexArn(index.indexName)),
      }),
    )
  }

  /**
   * On items of the table alone, and on those alone whose partition key is like one of these. None of the actions can come
   * without a partition key, as a scan does, which `ForAllValues` would let pass.
   */
  private grantOn(grantee: IGrantable, patterns: Partial<Record<KeyedAction, readonly string[]>>): Grant {
    const doesWrite = writes.some((action) => action in patterns)
    this.keys.grant(grantee, { by: 'dynamodb', actions: doesWrite ? toWrite : toRead })
    const grants = Object.entries(patterns).map(([action, keyLike]) =>
      Grant.addToPrincipal({
        grantee,
        actions: [action],
        resourceArns: [this.table.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keyLike } },
      }),
    )
    return grants.reduce((one, other) => one.combine(other))
  }
}
