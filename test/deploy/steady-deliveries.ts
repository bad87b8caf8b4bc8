import { setTimeout as sleep } from 'node:timers/promises'

/** A delivery and its answer; status 0 when there was none. */
export interface Sent {
  notification: string
  status: number
}

const senders = 2
const pauseMs = 30

/** Delivers without a break until it is stopped, and tells what was answered. */
export function steadyDeliveries(
  nextNotification: () => string,
  deliver: (notification: string) => Promise<{ status: number }>,
): { stop(): Promise<Sent[]> } {
  const sent: Sent[] = []
  let isStopped = false
  const send = async () => {
    while (!isStopped) {
      const notification = nextNotification()
      const { status } = await deliver(notification).catch(() => ({ status: 0 }))
      sent.push({ notification, status })
      await sleep(pauseMs)
    }
  }
  const sending = Array.from({ length: senders }, send)
  return {
    async stop() {
      isStopped = true
      await Promise.all(sending)
      return sent
    },
  }
}
