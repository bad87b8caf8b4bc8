import type { RemovalPolicy } from 'aws-cdk-lib'
import { RemovalPolicy as Removal } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { table as keys } from '../topology.ts'

/** Each resource's ledger and its events; the `feed` index lists what came lately. */
export class EventTable extends Construct {
  readonly table: Table

  constructor(scope: Construct, id: string, { removalPolicy }: { removalPolicy: RemovalPolicy }) {
    super(scope, id)
    this.table = new Table(this, 'Table', {
      partitionKey: { name: keys.partitionKey, type: AttributeType.STRING },
      sortKey: { name: keys.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: keys.ttlAttribute,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== Removal.DESTROY,
      removalPolicy,
    })
    const { feed } = keys
    this.table.addGlobalSecondaryIndex({
      indexName: feed.indexName,
      partitionKey: { name: feed.partitionKey, type: AttributeType.STRING },
      sortKey: { name: feed.sortKey, type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...feed.attributes],
    })
  }

  /** The three calls of the ledger, on items of the table alone. */
  grantLedger(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resourceArns: [this.table.tableArn],
    })
  }

  /** Accounts and API writes, as items of the table alone; nothing is deleted. */
  grantAccounts(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'],
      resourceArns: [this.table.tableArn],
    })
  }

  /** Reads events, a resource's history and the feed. */
  grantRead(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [this.table.tableArn, `${this.table.tableArn}/index/${keys.feed.indexName}`],
    })
  }
}
