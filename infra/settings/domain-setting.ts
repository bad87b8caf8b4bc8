import * as z from 'zod'

/** What a domain is given as. */
const example =
  "{ name: 'hooks.firm.example', certificateArn: 'arn:aws:acm:REGION:ACCOUNT:certificate/ID', hostedZone: { id: 'Z0123', name: 'firm.example' } }, of which hostedZone may be left out"

/** https://www.rfc-editor.org/rfc/rfc1123#section-2.1: labels of letters, digits and hyphens, of which there are two at least. */
const hostName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/
const hostNameAllowed =
  "a host name alone, in lower case, without https:// and without a path: 'hooks.firm.example'"

/** A token of the CDK's is known when it is deployed. */
const token = String.raw`.*\$\{Token\[.+\]\}.*`
/** https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-list.html */
const certificate = new RegExp(
  String.raw`^(?:arn:aws[\w-]*:acm:[a-z]{2}[a-z-]+-\d:\d{12}:certificate/[\w-]+|${token})$`,
)
const certificateAllowed =
  "the whole ARN of a certificate in ACM, which is in the stack's region: 'arn:aws:acm:REGION:ACCOUNT:certificate/ID'"
const zoneId = new RegExp(`^(?:[A-Z0-9]{2,32}|${token})$`)

/** A domain of the callback URL. */
export const domainSetting = () =>
  z
    .strictObject(
      {
        name: z.string(hostNameAllowed).regex(hostName, hostNameAllowed),
        certificateArn: z.string(certificateAllowed).regex(certificate, certificateAllowed),
        hostedZone: z
          .strictObject(
            {
              id: z
                .string("the zone's id in Route 53: 'Z0123456789ABCDEFGHIJ'")
                .regex(zoneId, "the zone's id in Route 53: 'Z0123456789ABCDEFGHIJ'"),
              name: z
                .string("the zone's name: 'firm.example'")
                .regex(hostName, "the zone's name: 'firm.example'"),
            },
            "{ id: 'Z0123456789ABCDEFGHIJ', name: 'firm.example' }",
          )
          .optional(),
      },
      example,
    )
    .check(({ value: { name, hostedZone }, issues }) => {
      if (!hostedZone || name === hostedZone.name || name.endsWith(`.${hostedZone.name}`)) return
      const message = `the record of ${name} does not belong into this zone: give the zone whose name is the end of ${name}.`
      issues.push({
        code: 'custom',
        path: ['hostedZone', 'name'],
        input: hostedZone.name,
        message,
        params: { isSentence: true },
      })
    })

/** The region that a certificate is in; undefined where it is known only when the stack is deployed. */
export function regionOfCertificate(certificateArn: string): string | undefined {
  return certificateArn.includes('${Token[') ? undefined : certificateArn.split(':')[3]
}
