import { describe, expect, it } from 'vitest'
import { apiFacts, sinceNames } from '../../../infra/smokeball/api-paths.ts'
import { filteredLists } from '../../../shared/smokeball-api/typed-page.ts'

const filtersOf = (path: string) =>
  (apiFacts.paths[path]?.get.parameters ?? []).filter(({ name }) => sinceNames.includes(name))

/** How the filter's type is declared. */
const declared = { ticks: 'int64', iso: 'date-time', 'iso-without-zone': undefined }

describe('the lists that can be filtered by the last change', () => {
  it('are those of the description', () => {
    const described = Object.keys(apiFacts.paths).filter((path) => filtersOf(path).length > 0)
    expect([...filteredLists.keys()].sort()).toEqual(described.sort())
  })

  it.each([...filteredLists])(
    '%s: filter and parameters are as described',
    (path, { filter, always, sort }) => {
      const names = apiFacts.paths[path]?.get.parameters.map(({ name }) => name)
      const sorted = sort === undefined ? [] : ['Sort']
      expect(names).toEqual(
        expect.arrayContaining(['Offset', 'Limit', ...always.map(([name]) => name), ...sorted]),
      )
      const [name, form] = filter
      const described = filtersOf(path).find((each) => each.name === name)
      expect(described).toBeDefined()
      expect(described?.schema.format).toBe(declared[form])
    },
  )
})
