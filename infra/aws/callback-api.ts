import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { route } from '../settings/topology.ts'
import { CallbackDomain } from './callback-domain.ts'
import { nameBelowStack } from './name-below-stack.ts'
import type { ResolvedProps } from './resolve-props.ts'

export interface CallbackApiProps {
  readonly receiver: IFunction
  readonly resolved: ResolvedProps
}

/** The URL that Smokeball calls: one route, and nothing behind any other. */
export class CallbackApi extends Construct {
  readonly stage: HttpStage
  readonly callbackUrl: string
  /** All URLs at which a pipeline with domains is called, API Gateway's own first. Undefined: it has no domain. */
  readonly ownUrls: readonly string[] | undefined
  readonly domains: readonly CallbackDomain[]
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, { receiver, resolved }: CallbackApiProps) {
    super(scope, id)
    const api = new HttpApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      description: 'Receives Smokeball deliveries',
      createDefaultStage: false,
    })
    const [added] = api.addRoutes({
      path: route.path,
      methods: [HttpMethod[route.method]],
      integration: new HttpLambdaIntegration('Receiver', receiver),
    })
    this.logGroup = new LogGroup(this, 'AccessLogs', {
      logGroupName: `${accessLogPrefix}${nameBelowStack(this, '/')}`,
      retention: resolved.logRetentionDays,
      ...(resolved.encryptionKey && { encryptionKey: resolved.encryptionKey }),
      // Which deliveries there were is in the receiver's lines; these only tell what never got there.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: resolved.throttling.perSecond, burstLimit: resolved.throttling.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    })
    const { domain, previousDomains = [] } = resolved
    const settings = [...(domain ? [domain] : []), ...previousDomains]
    this.domains = settings.map(
      (setting) => new CallbackDomain(this, setting.name, { api, stage: this.stage, setting }),
    )
    const urlAt = (host: string) => `https://${host}${route.path}`
    const apiUrl = `${api.apiEndpoint}${route.path}`
    this.callbackUrl = domain ? urlAt(domain.name) : apiUrl
    const { domains } = this
    this.ownUrls =
      domains.length > 0 ? [apiUrl, ...domains.map(({ domainName }) => urlAt(domainName))] : undefined
    if (added)
      Validations.of(added).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Smokeball signs its deliveries, and the receiver checks that: no authorizer of API Gateway can.',
      })
  }
}

/**
 * For a group below this, API Gateway adds nothing to the account's policy of its logs, which takes 5,120 characters in all: the
 * groups of some ten stages fill it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html ("size limit")
 */
const accessLogPrefix = '/aws/vendedlogs/'

/** Neither bodies nor headers: the signature is one of them. */
const accessLogFields = {
  at: '$context.requestTime',
  request: '$context.requestId',
  ip: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  ms: '$context.responseLatency',
  bytes: '$context.responseLength',
  error: '$context.error.message',
  integration: '$context.integrationErrorMessage',
}
