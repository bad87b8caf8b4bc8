import { type Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib'
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { ConsumerNetwork } from '../settings/settings.ts'

export interface WebhookFunctionProps {
  readonly description: string
  /** Folder with `index.mjs`. */
  readonly bundle: string
  readonly environment: Record<string, string>
  readonly memoryMb: number
  readonly timeout: Duration
  /** @default none: it shares the account's with all other functions */
  readonly reservedConcurrency?: number | undefined
  readonly tracing: boolean
  readonly logRetentionDays: RetentionDays
  readonly removalPolicy: RemovalPolicy
  /** Of the log group. @default a key of CloudWatch's own */
  readonly encryptionKey?: IKey | undefined
  readonly network?: ConsumerNetwork | undefined
  /** @default that of Lambda, which ends a chain of invocations after 16 rounds */
  readonly recursiveLoop?: RecursiveLoop
}

/** One Lambda with its log group and a role that may write to it and, at first, do nothing else. */
export class WebhookFunction extends Construct {
  readonly function: LambdaFunction
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, props: WebhookFunctionProps) {
    super(scope, id)
    const { logRetentionDays: retention, removalPolicy, network, encryptionKey } = props
    this.logGroup = new LogGroup(this, 'Logs', {
      retention,
      removalPolicy,
      ...(encryptionKey && { encryptionKey }),
    })
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.logGroup.grantWrite(role)
    if (network) {
      role.addManagedPolicy(networkPolicy)
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${networkPolicyName}]`,
        reason:
          'Lambda makes its network interfaces by this policy, and none narrower can name them beforehand.',
      })
    }
    if (props.tracing)
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: "X-Ray's two calls take no resource.",
      })
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(props.bundle),
      handler: 'index.handler',
      role,
      environment: props.environment,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // The functions' own lines say what happened; start, end and report of each invocation would cost more than those.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      ...(props.recursiveLoop && { recursiveLoop: props.recursiveLoop }),
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(network as Pick<FunctionProps, 'vpc' | 'vpcSubnets' | 'securityGroups'> | undefined),
    })
  }
}

const networkPolicyName = 'service-role/AWSLambdaVPCAccessExecutionRole'
const networkPolicy = ManagedPolicy.fromAwsManagedPolicyName(networkPolicyName)
