import { withMember } from '../../infra/smokeball/sample.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { contactNotification, guid, samples, someTicks } from './notifications.ts'

/** Any number of events, by their index: each is another. */
export interface Notifications {
  at(index: number): string
  /** After so many, only resources and times differ. */
  kinds: number
}

const resources = 100

/** Contacts of exactly `body` bytes, or Smokeball's samples in turn. */
export function costsNotifications(body: number | 'samples'): Notifications {
  if (body === 'samples') return sampleNotifications()
  return {
    kinds: 1,
    at: (index) =>
      contactNotification(body, {
        id: guid(`resource ${index % resources}`),
        ticks: someTicks + BigInt(index),
      }),
  }
}

function sampleNotifications(): Notifications {
  const all = samples().map(({ text }) => ({ text, ticks: readEnvelope(text).ticks }))
  return {
    kinds: all.length,
    at(index) {
      const sample = all[index % all.length]
      if (!sample) throw new Error('There are no samples.')
      return withMember(sample.text, ['timestamp'], String(sample.ticks + BigInt(index)))
    },
  }
}
