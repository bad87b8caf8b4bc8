import type { Walk } from '../api/console-api.ts'
import { Moment } from '../parts/moment.tsx'

/** How far each list of each firm was walked. */
export function WalkTable({ walks }: { walks: readonly Walk[] }) {
  return (
    <table class="lines">
      <caption class="visually-hidden">Walks over Smokeball’s lists</caption>
      <thead>
        <tr>
          {['Account', 'List', 'Known until', 'Last walk', 'Rows', 'Found', 'State'].map((heading) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {walks.map((walk) => (
          <WalkLine key={`${walk.kind} ${walk.accountId}`} walk={walk} />
        ))}
      </tbody>
    </table>
  )
}

function WalkLine({
  walk: { accountId, kind, inPart, knownUntil, last, underWay, problem },
}: {
  walk: Walk
}) {
  const { rows, found } = underWay ?? last ?? { rows: 0, found: 0 }
  return (
    <tr>
      <td data-label="Account" class="id">
        {accountId}
      </td>
      <td data-label="List">{inPart ? `${kind}, of matters that changed` : kind}</td>
      <td data-label="Known until" class="when">
        {knownUntil ? <Moment iso={knownUntil} /> : 'never'}
      </td>
      <td data-label="Last walk" class="when">
        {last ? <Moment iso={last.ended} /> : '–'}
      </td>
      <td data-label="Rows" class="number">
        {rows}
      </td>
      <td data-label="Found" class="number">
        {found}
      </td>
      <td data-label="State" class="reason">
        {problem ? `failed: ${problem.text}` : underWay ? 'under way' : 'done'}
      </td>
    </tr>
  )
}
