import { readEnvelope } from '../../shared/event/envelope.ts'
import { replayMessage } from '../../shared/queue/replay-message.ts'
import type { ReplayPlan } from './history.ts'
import { notificationOf } from './notifications.ts'
import type { SentReplay } from './witness.ts'
import type { World } from './world.ts'

/**
 * The operator's command reads the table and then asks, for as long as it likes: whatever became of the event meanwhile,
 * its record is there. What has none is not replayed.
 */
export function scheduleReplays(world: World): void {
  const { time, witness, history } = world
  for (const replay of history.replays) {
    time.schedule(time.now() + replay.atMs, () => {
      const event = [...witness.acknowledged.values()].find(({ index }) => index === replay.event)
      const isRecorded = witness.calls.some(
        (call) => call.event === event && call.finishedEpochMs !== undefined,
      )
      if (!event || !isRecorded) return
      const { id, whom, force } = replay
      const sent: SentReplay = { id, whom, force, event, sentEpochMs: time.now() }
      witness.replays.push(sent)
      for (const copy of ['', 'again'].slice(0, replay.copies)) sendReplay(world, sent, copy)
    })
  }
}

/** `copy`: what tells its deduplication id from that of the replay's other messages. */
export function sendReplay(world: World, { id, whom, force, event }: SentReplay, copy: string): void {
  const { message } = notificationOf(event, event.index, 0)
  const requestId = event.own ? 'own-request' : 'request'
  const delivery = { requestId, sentTicks: undefined, receivedEpochMs: 0 }
  const replay = { id, handlers: whom satisfies ReplayPlan['whom'], force }
  const { body, attributes } = replayMessage(
    { ...event, ticks: readEnvelope(message.body).ticks, delivery: delivery as never, text: message.body },
    replay,
  )
  world.know(event, body)
  world.note('replay', event.eventId, attributes.replay, copy)
  const { groupId } = message
  world.queue.send({ body, attributes, groupId, deduplicationId: `${id}-${event.eventId}${copy}` })
}
