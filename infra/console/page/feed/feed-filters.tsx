import { useRef, useState } from 'preact/hooks'
import { eventStatuses, handlerOutcomes, namesOf } from '../../../../shared/event/outcomes.ts'
import type { Deployment } from '../api/console-api.ts'
import { wordsOf } from '../parts/outcome-words.ts'
import { PressButton } from '../parts/press-button.tsx'
import { hrefOf } from '../route.ts'
import { type FilterName, filterNames } from './feed-filter.ts'
import { ChoiceFilter, MomentFilter, TextFilter } from './filter-fields.tsx'

interface Props {
  filter: URLSearchParams
  deployment: Deployment | undefined
  accounts: readonly string[]
}

const yesOrNo = { true: 'yes', false: 'no' }
const statuses = eventStatuses().map((status) => [status, wordsOf.event(status).word])
const ofHandlers = namesOf(handlerOutcomes)
  .filter((outcome) => !eventStatuses().some((status) => status === outcome))
  .map((outcome) => [outcome, `a handler: ${wordsOf.handler(outcome).word}`])
const outcomes: Record<string, string> = {
  ...Object.fromEntries(statuses),
  'failed,dead-lettered': 'failed or given up',
  ...Object.fromEntries(ofHandlers),
}

/** Which events are shown. It is kept in the URL, which can be given to somebody else. */
export function FeedFilters(props: Props) {
  const { filter } = props
  const [isOpen, setOpen] = useState<boolean>()
  // Once it is open, it stays open when the last filter is taken away.
  const wasFiltered = useRef(false)
  wasFiltered.current ||= filter.size > 0
  const isShown = isOpen ?? wasFiltered.current
  return (
    <details
      class="panel filters"
      open={isShown}
      onToggle={(event) => event.currentTarget.open !== isShown && setOpen(event.currentTarget.open)}
    >
      <summary>
        <h2>Filters</h2> <span class="muted">{saidOf(filter)}</span>
      </summary>
      <FilterForm {...props} />
    </details>
  )
}

function FilterForm({ filter, deployment, accounts }: Props) {
  const of = (name: FilterName) => ({
    name,
    value: filter.get(name) ?? '',
    onValue(value: string) {
      const next = new URLSearchParams(filter)
      if (value === '') next.delete(name)
      else next.set(name, value)
      location.hash = hrefOf.live(next)
    },
  })
  const handlers = deployment?.handlers?.map(({ name }) => [name, name])
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <ChoiceFilter {...of('outcome')} label="Outcome" choices={outcomes} />
      <TextFilter {...of('type')} label="Type" hint="contact.*" choices={typesOf(deployment)} />
      {handlers ? (
        <ChoiceFilter {...of('handler')} label="Handler" choices={Object.fromEntries(handlers)} />
      ) : (
        <TextFilter {...of('handler')} label="Handler" hint="its name" choices={[]} />
      )}
      <TextFilter {...of('account')} label="Account" hint="its id" choices={accounts} />
      <ChoiceFilter {...of('own')} label="Own echo" choices={yesOrNo} />
      <ChoiceFilter {...of('late')} label="Late" choices={yesOrNo} />
      <MomentFilter {...of('since')} label="Received since" />
      <MomentFilter {...of('until')} label="Received until" />
      <PressButton isOff={filter.size === 0} onPress={() => (location.hash = hrefOf.live())}>
        Clear filters
      </PressButton>
    </form>
  )
}

function typesOf(deployment: Deployment | undefined): string[] {
  const ofHandlers = deployment?.handlers?.flatMap((handler) => handler.types) ?? []
  return [...new Set([...ofHandlers, ...(deployment?.eventTypes ?? [])])]
}

function saidOf(filter: URLSearchParams): string {
  const set = filterNames.filter((name) => filter.has(name))
  return set.length === 0
    ? 'none: all events are shown'
    : set.map((name) => `${name} ${filter.get(name)}`).join(', ')
}
