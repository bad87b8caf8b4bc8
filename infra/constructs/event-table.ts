import type { RemovalPolicy } from 'aws-cdk-lib'
import { RemovalPolicy as Removal } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { table as keys } from '../topology.ts'

/** Each resource's ledger and its events; the `feed` index lists what came lately, the `due` index what is not finished. */
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
    for (const index of [keys.feed, keys.due])
      this.table.addGlobalSecondaryIndex({
        indexName: index.indexName,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.attributes],
      })
  }

  /** The three calls of the ledger, on items of the table alone; deleted are marks of messages, and nothing else. */
  grantLedger(grantee: IGrantable): Grant {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:DeleteItem'],
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['opened#*'] } },
    })
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

  /** Lists the events that are not finished. */
  grantReadDue(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [this.indexArn(keys.due.indexName)],
    })
  }

  private indexArn(name: string): string {
    return `${this.table.tableArn}/index/${name}`
  }

  /** Reads events, a resource's history, the feed and what is not finished. */
  grantRead(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [
        this.table.tableArn,
        ...[keys.feed, keys.due].map((index) => this.indexArn(index.indexName)),
      ],
    })
  }
}
