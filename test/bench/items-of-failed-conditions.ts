import type { Server, ServerResponse } from 'node:http'
import type { Item } from './item-size.ts'

interface Write {
  TableName: string
  Key?: Item
  Item?: Item
  ReturnValuesOnConditionCheckFailure?: string
}

/**
 * Has a write whose condition fails answered with the item that is there, when it asks for it: AWS does so, and dynalite does
 * not. `read` reads the item that a write is about.
 */
export function answerFailedWithItem(server: Server, read: (write: Write) => Promise<Item | undefined>) {
  server.prependListener('request', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    const end = response.end.bind(response)
    response.end = ((body: string) => {
      if (response.statusCode !== 400 || !body.includes('ConditionalCheckFailedException')) return end(body)
      const write = JSON.parse(Buffer.concat(chunks).toString()) as Write
      if (write.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return end(body)
      void read(write).then((item) => endWith(response, end, { ...JSON.parse(body), Item: item }))
      return response
    }) as typeof response.end
  })
}

function endWith(response: ServerResponse, end: (body: string) => unknown, answer: object): void {
  const body = JSON.stringify(answer)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.removeHeader('x-amz-crc32')
  end(body)
}
