import eventTypes from '../../codegen/smokeball/event-types.json' with { type: 'json' }

/** Types that go to every subscription for them, whatever its account. */
export const systemEventTypes: readonly string[] = eventTypes
  .filter(({ systemEvent }) => systemEvent)
  .map(({ type }) => type)
