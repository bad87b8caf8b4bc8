import { letterKindNames, letterKinds } from '../../../shared/event/letter-kinds.ts'
import {
  answers,
  deliveryOutcomes,
  eventOutcomes,
  eventStatuses,
  handlerOutcomes,
  namesOf,
  type OutcomeText,
  refusalReasons,
  subscriptionOutcomes,
  unavailableReasons,
} from '../../../shared/event/outcomes.ts'

/** What becomes of deliveries, events, handlers' runs and subscriptions. */
export function outcomesPage(): string {
  const statuses = eventStatuses()
  const passing = namesOf(eventOutcomes).filter((outcome) => !statuses.some((status) => status === outcome))
  return [
    '# Outcomes',
    'The log lines, the metrics, the filters of commands, the console and the dashboard use these names.',
    '## Deliveries',
    'A delivery is one HTTP POST. Its line in the log of the receiver says `delivery` and, where it was not accepted, `why`.',
    table(deliveryOutcomes, namesOf(deliveryOutcomes), (outcome) => String(answers[outcome][0])),
    'For what is no notification, `why` is a sentence that says what is wrong with it.',
    '### Why a delivery is refused',
    'The answer is 401 with the same text for every reason. `why` in the line says which it was.',
    reasons(refusalReasons),
    '### Why a delivery is unavailable',
    'The answer is 503. `why` in the line says what failed, and the line before it has the error.',
    reasons(unavailableReasons),
    '## Events',
    'An event is what a delivery tells. Its record says its `status`, and so does `event` in its line in the log of the consumer.',
    table(eventOutcomes, statuses),
    'A line can also say what a message came to that changed nothing of the record.',
    table(eventOutcomes, passing),
    '## Handlers',
    'The record of an event has an outcome for each handler that wanted it.',
    table(handlerOutcomes, namesOf(handlerOutcomes)),
    '## Dead letters',
    'A message in the dead-letter queue has a kind. `dlq list --kind` takes the names.',
    rows(
      ['Kind', 'What it means', 'What comes of sending it back'],
      letterKindNames().map((kind) => [`\`${kind}\``, letterKinds[kind].means, letterKinds[kind].sentBack]),
    ),
    '## Subscriptions',
    "The keeper writes a line for each look at a firm's subscription.",
    table(subscriptionOutcomes, namesOf(subscriptionOutcomes)),
  ].join('\n\n')
}

function table<O extends string>(
  outcomes: Readonly<Record<O, OutcomeText>>,
  shown: readonly O[],
  answer?: (outcome: O) => string,
): string {
  const heads = ['Outcome', ...(answer ? ['Answer'] : []), 'What it means', 'Final', 'What to do']
  return rows(
    heads,
    shown.map((outcome) => {
      const { means, isFinal, todo = '' } = outcomes[outcome]
      return [`\`${outcome}\``, ...(answer ? [answer(outcome)] : []), means, isFinal ? 'yes' : 'no', todo]
    }),
  )
}

function reasons(meanings: Readonly<Record<string, string>>): string {
  return rows(
    ['`why`', 'What it means'],
    Object.entries(meanings).map(([reason, means]) => [`\`${reason}\``, means]),
  )
}

function rows(heads: readonly string[], cells: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...cells]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}
