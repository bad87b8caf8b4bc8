import { alarmsPage } from './alarms-page.ts'
import { commandsPage } from './commands-page.ts'
import { outcomesPage } from './outcomes-page.ts'
import { settingsPage } from './settings-page.ts'

/**
 * The pages in `docs/` that are made from the code. What `npm run generate` writes is committed; a test compares it with
 * what this would write.
 */

/** A page that is made from the code. */
export interface Page {
  /** Its file in `docs/`. */
  file: string
  /** The files of this project that its facts come from, from the root. The page names them to whoever would edit it. */
  from: readonly string[]
  /** Its Markdown, from the title on. */
  text(): string
}

/** The generated pages. Each is made by a pure function in a file of its own, `docs/NAME-page.ts`. */
export const pages: readonly Page[] = [
  { file: 'alarms.md', from: ['infra/aws/watched-alarms.ts'], text: alarmsPage },
  { file: 'commands.md', from: ['infra/cli/program.ts', 'infra/cli/commands'], text: commandsPage },
  {
    file: 'outcomes.md',
    from: ['shared/event/outcomes.ts', 'shared/event/letter-kinds.ts'],
    text: outcomesPage,
  },
  {
    file: 'settings.md',
    from: ['infra/settings/settings.ts', 'infra/settings/settings-schema.ts'],
    text: settingsPage,
  },
]

/** What `npm run generate` writes into `docs/`. */
export const generatedPages = pages.map(({ file, from, text }) => ({
  url: new URL(`../../../docs/${file}`, import.meta.url),
  contents: () =>
    `<!-- Generated from ${from.join(', ')} (\`npm run generate\`). Do not edit. -->\n\n${text().trim()}\n`,
}))
