import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const services = {
  sqs: { endpoint: process.env.AWS_ENDPOINT_URL_SQS, prefix: 'AmazonSQS' },
  dynamodb: { endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB, prefix: 'DynamoDB_20120810' },
}
const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env
const contentType = 'application/x-amz-json-1.0'

// An ESM import of it would load undici as well.
const http = process.getBuiltinModule('node:http')
const agent = new http.Agent({ keepAlive: true })

/** An answer other than 200, by its type, such as `ConditionalCheckFailedException`. */
export class Refused extends Error {
  readonly type: string
  constructor(type: string) {
    super(type)
    this.type = type
  }
}

/**
 * Calls one service: a signature of version 4, one request over a connection that is kept, and nothing else. It knows no retries,
 * no time limits and no other credentials than those of the environment.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function callerOf(service: keyof typeof services) {
  const { endpoint = '', prefix } = services[service]
  const { hostname, port, host } = new URL(endpoint)
  let day = ''
  let key: Buffer = Buffer.alloc(0)

  function authorization(time: string, target: string, body: string): string {
    const today = time.slice(0, 8)
    const scope = `${today}/${AWS_REGION}/${service}/aws4_request`
    if (today !== day) {
      day = today
      key = [today, AWS_REGION, service, 'aws4_request'].reduce<Buffer>(
        (last, part) => hmac(last, part).digest(),
        Buffer.from(`AWS4${AWS_SECRET_ACCESS_KEY}`),
      )
    }
    const signed = 'content-type;host;x-amz-date;x-amz-target'
    const headers = `content-type:${contentType}\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n`
    const canonical = `POST\n/\n\n${headers}\n${signed}\n${sha256(body).digest('hex')}`
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical).digest('hex')}`
    const signature = hmac(key, toSign).digest('hex')
    return `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
  }

  /** Throws `Refused`. */
  return async (operation: string, input: object): Promise<void> => {
    const body = JSON.stringify(input)
    const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const target = `${prefix}.${operation}`
    const headers = {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'x-amz-date': time,
      'x-amz-target': target,
      authorization: authorization(time, target, body),
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    http.request({ hostname, port, method: 'POST', agent, headers }, resolve).on('error', reject).end(body)
    const response = await promise
    let answer = ''
    for await (const chunk of response.setEncoding('utf8')) answer += chunk
    if (response.statusCode === 200) return
    const { __type = '' } = JSON.parse(answer) as { __type?: string }
    throw new Refused(__type.split('#').at(-1) ?? '')
  }
}

function sha256(text: string): Hash {
  return createHash('sha256').update(text)
}

function hmac(key: Buffer, text: string): Hmac {
  return createHmac('sha256', key).update(text)
}
