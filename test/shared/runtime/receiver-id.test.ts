import { expect, it } from 'vitest'
import { receiverId } from '../../../shared/runtime/receiver-id.ts'

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/Stack-Events-AB12.fifo'

/** `printf '/111122223333/Stack-Events-AB12.fifo' | sha256sum` */
it('is a hash of the queue, whatever host the queue is reached at', () => {
  expect(receiverId(queueUrl)).toBe('a2a45f9f01cd14df')
  expect(receiverId('http://localhost:4566/111122223333/Stack-Events-AB12.fifo')).toBe('a2a45f9f01cd14df')
})

it('is another one for a queue that was made anew, and for one of another account', () => {
  for (const other of [queueUrl.replace('AB12', 'CD34'), queueUrl.replace('111122223333', '444455556666')])
    expect(receiverId(other)).not.toBe(receiverId(queueUrl))
})
