import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { describe, expect, it } from 'vitest'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import type { CallbackDomainSetting, WebhooksOptions } from '../../../infra/settings/settings.ts'
import { asText } from './as-text.ts'
import { exampleHandlers, newApp, synthesize } from './synthesize.ts'

const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1a2b3c4d-0000-4000-8000-000000000000'
const domain: CallbackDomainSetting = { name: 'hooks.firm.example', certificateArn }
const hostedZone = { id: 'Z0123456789ABCDEFGHIJ', name: 'firm.example' }
const former: CallbackDomainSetting = { ...domain, name: 'old.firm.example' }

const templateOf = (stack: WebhooksOptions) => synthesize({ settings: { stack } }).template
const domainsIn = (template: Template) => ({
  ...template.findResources('AWS::ApiGatewayV2::DomainName'),
  ...template.findResources('AWS::ApiGatewayV2::ApiMapping'),
  ...template.findResources('AWS::Route53::RecordSet'),
})
const outputOf = (template: Template, name: string) =>
  (template.findOutputs(name) as Record<string, { Value: unknown } | undefined>)[name]?.Value
const keeperOf = (template: Template) => {
  const found = Object.values(
    template.findResources('AWS::Lambda::Function', {
      Properties: { Description: "Keeps the firms' subscriptions at Smokeball" },
    }),
  )
  return found[0]?.Properties.Environment.Variables as Record<string, unknown>
}
const apiUrl = '<Api.ApiEndpoint>/smokeball'

it('a stack without a domain has nothing of it', () => {
  const { template } = synthesize()
  expect(domainsIn(template)).toEqual({})
  for (const name of ['OwnUrls', 'DomainTargets']) expect(outputOf(template, name)).toBeUndefined()
  expect(keeperOf(template)).not.toHaveProperty('OWN_CALLBACK_URLS')
})

describe('a domain', () => {
  const template = templateOf({ domain })

  it('leads to the stage, with TLS 1.2, in the region of the stack', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'hooks.firm.example',
      DomainNameConfigurations: [
        { CertificateArn: certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    })
    const [name] = Object.keys(template.findResources('AWS::ApiGatewayV2::DomainName'))
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      DomainName: { Ref: name },
      Stage: '$default',
    })
    template.resourceCountIs('AWS::Route53::RecordSet', 0)
  })

  it('makes the callback URL, for the commands and for the keeper, which know the one of API Gateway, too', () => {
    const callbackUrl = 'https://hooks.firm.example/smokeball'
    expect(outputOf(template, 'CallbackUrl')).toBe(callbackUrl)
    expect(keeperOf(template).CALLBACK_URL).toBe(callbackUrl)
    for (const urls of [outputOf(template, 'OwnUrls'), keeperOf(template).OWN_CALLBACK_URLS]) {
      const [first = '', ...others] = asText(urls).split(' ')
      expect(first).toBe(apiUrl)
      expect(others).toEqual([callbackUrl])
    }
    // The URL of API Gateway goes on to answer.
    const [api] = Object.values(template.findResources('AWS::ApiGatewayV2::Api'))
    expect(api?.Properties).not.toHaveProperty('DisableExecuteApiEndpoint')
  })

  it('has an output that says what its record has to point to', () => {
    expect(asText(outputOf(template, 'DomainTargets'))).toMatch(
      /^hooks\.firm\.example=<\w+\.RegionalDomainName>$/,
    )
  })

  it('of a hosted zone has its record set, for IPv4 alone, which is what the domain has', () => {
    const withZone = templateOf({ domain: { ...domain, hostedZone } })
    withZone.resourceCountIs('AWS::Route53::RecordSet', 1)
    withZone.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'hooks.firm.example.',
      Type: 'A',
      HostedZoneId: hostedZone.id,
    })
    expect(outputOf(withZone, 'DomainTargets')).toBeUndefined()
    const [name] = Object.values(withZone.findResources('AWS::ApiGatewayV2::DomainName'))
    expect(name?.Properties.DomainNameConfigurations[0]).not.toHaveProperty('IpAddressType')
  })

  it('may be the zone itself', () => {
    const apex = { ...domain, name: 'firm.example', hostedZone }
    templateOf({ domain: apex }).hasResourceProperties('AWS::Route53::RecordSet', { Name: 'firm.example.' })
  })
})

describe('a previous domain', () => {
  it('keeps its resources as they are, so that it answers all the time', () => {
    const was = domainsIn(templateOf({ domain: { ...former, hostedZone } }))
    const renamed = templateOf({ domain, previousDomains: [{ ...former, hostedZone }] })
    const ended = templateOf({ previousDomains: [{ ...former, hostedZone }] })
    expect(Object.keys(was)).toHaveLength(3)
    expect(domainsIn(renamed)).toMatchObject(was)
    expect(domainsIn(ended)).toEqual(was)
    expect(outputOf(renamed, 'CallbackUrl')).toBe('https://hooks.firm.example/smokeball')
    expect(asText(outputOf(ended, 'CallbackUrl'))).toBe(apiUrl)
    const urls = asText(outputOf(renamed, 'OwnUrls')).split(' ')
    expect(urls.slice(1)).toEqual([
      'https://hooks.firm.example/smokeball',
      'https://old.firm.example/smokeball',
    ])
    expect(asText(keeperOf(ended).OWN_CALLBACK_URLS)).toMatch(/ https:\/\/old\.firm\.example\/smokeball$/)
  })
})

describe('synth fails, and says the fix, for', () => {
  it.each<[string, WebhooksOptions, RegExp]>([
    [
      'a URL as the name',
      { domain: { ...domain, name: 'https://hooks.firm.example' } },
      /domain\.name is 'https:\/\/hooks\.firm\.example': give a host name alone, .*'hooks\.firm\.example'/,
    ],
    ['a path', { domain: { ...domain, name: 'firm.example/smokeball' } }, /domain\.name is/],
    ['a port', { domain: { ...domain, name: 'firm.example:443' } }, /domain\.name is/],
    ['capitals', { domain: { ...domain, name: 'Hooks.firm.example' } }, /in lower case/],
    ['a wildcard', { domain: { ...domain, name: '*.firm.example' } }, /domain\.name is/],
    ['a name without a domain', { domain: { ...domain, name: 'hooks' } }, /domain\.name is/],
    ['an address', { domain: { ...domain, name: '10.0.0.1' } }, /domain\.name is/],
    ['a dot at the end', { domain: { ...domain, name: 'hooks.firm.example.' } }, /domain\.name is/],
    [
      'a label of 64 letters',
      { domain: { ...domain, name: `${'a'.repeat(64)}.example` } },
      /domain\.name is/,
    ],
    [
      'a certificate of IAM',
      { domain: { ...domain, certificateArn: 'arn:aws:iam::111122223333:server-certificate/x' } },
      /domain\.certificateArn is .*: give the whole ARN of a certificate in ACM/,
    ],
    ['no certificate', { domain: { name: domain.name } as never }, /domain\.certificateArn is undefined/],
    [
      'a zone of another domain',
      { domain: { ...domain, hostedZone: { ...hostedZone, name: 'other.example' } } },
      /domain\.hostedZone\.name: the record of hooks\.firm\.example does not belong into this zone/,
    ],
    [
      'a zone that is an end of letters alone',
      { domain: { ...domain, hostedZone: { ...hostedZone, name: 'irm.example' } } },
      /does not belong into this zone/,
    ],
    [
      'an ARN as the id of a zone',
      { domain: { ...domain, hostedZone: { ...hostedZone, id: '/hostedzone/Z0123' } } },
      /domain\.hostedZone\.id is '\/hostedzone\/Z0123': give the zone's id in Route 53/,
    ],
    [
      'a word that there is not',
      { domain: { ...domain, zone: hostedZone } as never },
      /There is no setting `domain\.zone`/,
    ],
    [
      'a word that there is not in a list',
      { previousDomains: [{ ...domain, zone: hostedZone } as never] },
      /There is no setting `previousDomains\.0\.zone`/,
    ],
    ['a domain as text', { domain: 'hooks.firm.example' as never }, /domain is 'hooks.*: give \{ name: /],
    [
      'a previous domain that is the domain',
      { domain, previousDomains: [domain] },
      /previousDomains\.0\.name: hooks\.firm\.example is there twice: give each name once/,
    ],
  ])('%s', (_, stack, message) => {
    expect(() => templateOf(stack)).toThrow(message)
  })

  it('a certificate of another region, where the region of the stack is known', () => {
    const inRegion = (region: string, options: WebhooksOptions) => {
      const stack = new Stack(newApp(), 'Own', { env: { region, account: '111122223333' } })
      const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
        ...options,
        alarms: { none: 'a test' },
        handlers: exampleHandlers,
      })
      return webhooks.callbackUrl
    }
    expect(inRegion('eu-west-1', { domain })).toBe('https://hooks.firm.example/smokeball')
    expect(() => inRegion('ap-southeast-2', { domain })).toThrow(
      /domain\.certificateArn is in eu-west-1, and the stack in ap-southeast-2: .* request one for hooks\.firm\.example in ap-southeast-2/,
    )
    expect(() => inRegion('us-east-1', { previousDomains: [domain] })).toThrow(
      /previousDomains\.0\.certificateArn is in eu-west-1/,
    )
  })
})

it('a certificate and a zone that are made in the same app are taken', () => {
  const stack = new Stack(newApp(), 'Own')
  const certificate = new Certificate(stack, 'Certificate', { domainName: domain.name })
  const zone = new HostedZone(stack, 'Zone', { zoneName: 'firm.example' })
  new SmokeballWebhooks(stack, 'Webhooks', {
    domain: {
      ...{ name: domain.name, certificateArn: certificate.certificateArn },
      hostedZone: { id: zone.hostedZoneId, name: 'firm.example' },
    },
    alarms: { none: 'a test' },
    handlers: exampleHandlers,
  })
  const template = Template.fromStack(stack)
  const [zoneId] = Object.keys(template.findResources('AWS::Route53::HostedZone'))
  template.hasResourceProperties('AWS::Route53::RecordSet', { HostedZoneId: { Ref: zoneId } })
})
