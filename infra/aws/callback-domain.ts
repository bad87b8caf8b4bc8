import {
  ApiMapping,
  DomainName,
  EndpointType,
  type HttpApi,
  type HttpStage,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets'
import { Construct } from 'constructs'
import type { ResolvedProps } from './resolve-props.ts'

export interface CallbackDomainProps {
  readonly api: HttpApi
  readonly stage: HttpStage
  readonly setting: NonNullable<ResolvedProps['domain']>
}

/** A host name of the user's own that leads to a stage. */
export class CallbackDomain extends Construct {
  readonly domainName: string
  /** What the name's record has to point to; undefined where the stack sets that record. */
  readonly target: string | undefined

  /** `id`: the domain's name, so that its resources stay the same ones when it becomes a previous domain. */
  constructor(scope: Construct, id: string, { api, stage, setting }: CallbackDomainProps) {
    super(scope, id)
    const { name, certificateArn, hostedZone } = setting
    const domain = new DomainName(this, 'Name', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      // It is the newest one that a domain of an HTTP API can have.
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
      securityPolicy: SecurityPolicy.TLS_1_2,
    })
    new ApiMapping(this, 'Mapping', { api, domainName: domain, stage })
    this.domainName = name
    this.target = hostedZone ? undefined : domain.regionalDomainName
    // There is no AAAA record, since API Gateway gives a domain IPv4 addresses alone unless it is told otherwise.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names-ip-address-type.html
    if (hostedZone)
      new ARecord(this, 'Record', {
        recordName: `${name}.`,
        zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', {
          hostedZoneId: hostedZone.id,
          zoneName: hostedZone.name,
        }),
        target: RecordTarget.fromAlias(
          new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId),
        ),
      })
  }
}
