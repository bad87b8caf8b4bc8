import { parse as parseCookies } from 'hono/utils/cookie'
import { sourceStack, sourceStackOf } from '../../functions/consumer/source-stack.ts'
import { notificationLines } from '../../infra/cli/terminal/event-words.ts'
import { fittedTable } from '../../infra/cli/terminal/fitted-table.ts'
import { formatLine } from '../../infra/cli/terminal/format-line.ts'
import { table } from '../../infra/cli/terminal/output.ts'
import { routeOf } from '../../infra/console/page/route.ts'
import { eventQuery } from '../../infra/console/server/event-query.ts'
import { redactNotification } from '../../infra/operate/fixtures/redact-notification.ts'
import { indentedJson } from '../../infra/terminal/indented-json.ts'
import { text as cellText, loggedLines, resourceId } from '../../infra/terminal/line-cells.ts'
import { harmless } from '../../infra/terminal/terminal.ts'
import {
  columnsOf,
  cutTo,
  jsonForTerminal,
  lineForTerminal,
  linesForTerminal,
} from '../../infra/terminal/terminal-text.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import * as identity from '../../shared/event/event-identity.ts'
import { parseLossless, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { resourceOf } from '../../shared/event/resource-of-event.ts'
import { parseTicks } from '../../shared/event/ticks.ts'
import { scanTopLevel } from '../../shared/event/top-level-scanner.ts'
import { readBody, writeBody } from '../../shared/ledger/event-body.ts'
import { readCursor } from '../../shared/ledger/feed-cursor.ts'
import { parseReference } from '../../shared/ledger/find-event.ts'
import { readSlotName, slotOf } from '../../shared/ledger/ledger-slots.ts'
import { readReplay } from '../../shared/ledger/replay.ts'
import { readDelayed } from '../../shared/queue/later.ts'
import * as message from '../../shared/queue/message.ts'
import { sqsAttributes } from '../../shared/queue/sqs-attributes.ts'
import { canonicalLine, lineIds } from '../../shared/runtime/canonical-line.ts'
import { commandLine } from '../../shared/runtime/command-line.ts'
import { describeFailure } from '../../shared/runtime/failures.ts'
import { redactSecrets } from '../../shared/runtime/redact-secrets.ts'
import { isTagged, looksTagged } from '../../shared/signing/request-id.ts'
import { isSignedWith } from '../../shared/signing/signature.ts'
import { apiUrl, path } from '../../shared/smokeball-api/api-url.ts'

const ticks = parseTicks('639170696424691361')
const secrets = new Map([['KEY', 'abcabcabcabcabd']])
const ownUrl = 'file:///var/task/index.mjs'

/** Texts by what is repeated in them: what each expression, or loop, has to come back from. */
export const texts: Readonly<Record<string, string>> = {
  letters: 'a',
  'letters of two and of three bytes': 'é長',
  emoji: '\u{1f468}\u200d',
  'half characters': '\ud800',
  'the other half, first': '\udc00\ud800a',
  ESC: '\u001b',
  'titles without an end': '\u001b]',
  'titles without an end, of one character': '\u009d0;',
  'control sequences': '\u001b[1;',
  'sequences of intermediates': '\u001b ',
  titles: '\u001b]0;x\u0007',
  parameters: '0;',
  marks: '\u0301',
  'marks of direction': '\u202e',
  'separators of lines': '\u2028',
  'tabs and spaces': ' \t',
  'line feeds': '\n',
  'carriage returns': '\r',
  'frames of slashes': '\n    at ////',
  'frames of the own file': `\n    at f (${ownUrl}:1:1)`,
  'colons and spaces': 'a: ',
  digits: '12:',
  'long numbers': '123456789012345 ',
  slashes: '/a',
  'dots and at signs': 'a@b.',
  quotes: '"',
  backslashes: '\\',
  'backslashes and quotes': '\\\\\\"',
  'brackets of JSON': '[{},',
  percents: '%',
  'encoded dots': '/%2e%2e',
  'equals signs and semicolons': 'a=b; ',
  'ampersands and plus signs': '&a+=',
  'hashes and bars': '#|',
  commas: 'a,',
  hyphens: 'a-',
  'a part of a secret': 'abcabcabc',
  'escapes of escapes': '%255C%26amp%3B&amp;lt;\\\\u0025 ',
  'literals that are added': `' +\n    '"" `,
  'base64 of base64': Buffer.from(Buffer.from('a%20b\\n').toString('base64')).toString('base64'),
  'dates, almost': '2026-07-01T',
  durations: 'P1Y',
}

const json = (text: string) => stringifyLossless(text)
const note = (payload: string, { accountId = 'a', type = 'matter.updated' } = {}) =>
  `{"accountId":${json(accountId)},"type":${json(type)},"timestamp":${ticks},"payload":${payload}}`
const lineOf = (fields: Record<string, unknown> | string) =>
  formatLine({ source: 'consumer', level: 'error', at: new Date(0), message: fields })

function thrown(text: string, altered: Record<string, unknown> = {}): string {
  const error = new Error(text, { cause: new AggregateError([new TypeError(text)], text) })
  return describeFailure(Object.assign(error, altered), sourceStack, (whole, maxChars) =>
    redactSecrets(whole, secrets, maxChars),
  )
}

/** What sees text from outside, by name. What it throws counts as what it returns. */
export const seers: Readonly<Record<string, (text: string) => unknown>> = {
  describeFailure: (text) => [thrown(text), describeFailure(text), thrown('x', { name: text, code: text })],
  'describeFailure, of an altered error': (text) => [
    thrown(text, { stack: text }),
    thrown(text, { stack: `Error: ${text}x` }),
    thrown(`b${text}`, { stack: `Error: ${text}${text}`, code: `b${text}` }),
    thrown('x', { stack: `Error: x${text}` }),
  ],
  sourceStack: (text) => [
    sourceStack(text),
    sourceStackOf(ownUrl)(`    at ${text} (${ownUrl}:1:1)\n    at ${ownUrl}:${text}:1`),
  ],
  redactSecrets: (text) => redactSecrets(text, secrets),
  lineForTerminal,
  linesForTerminal,
  harmless,
  'printed commands': (text) => commandLine('npm start', { options: { account: text }, positionals: [text] }),
  jsonForTerminal: (text) => jsonForTerminal(json(text)),
  'text of a line of npm start': (text) => [cellText(text), loggedLines(text), resourceId(`a|${text}`)],
  'lines of npm start': (text) => [
    lineOf(text),
    lineOf({ failure: text, id: text, error: text }),
    lineOf({ message: text, handler: text, fields: { text, [text]: text } }),
    lineOf({ event: 'handled', type: text, resource: text, id: text, ms: 1 }),
  ],
  columnsOf,
  cutTo: (text) => [cutTo(text, 20), cutTo(text, 100_000)],
  'tables of the command line': (text) => {
    const rows = [...Array<string[]>(100).fill(['a', 'b']), [text, text]]
    const columns = ['one', 'other'].map((heading) => ({ heading, mayBeCut: true }))
    return [
      fittedTable(columns, rows, undefined),
      fittedTable(columns, rows, 80),
      table(['one', 'other'], rows),
    ]
  },
  'a notification for people': (text) => [
    notificationLines(text),
    notificationLines(note(json(text))),
    notificationLines(note(`{${json(text)}:[${json(text)},${ticks}]}`)),
  ],
  indentedJson: (text) => indentedJson({ [text]: [text] }),
  redactNotification: (text) => [
    redactNotification(note(`{"id":${json(text)},"href":${json(`/${text}`)},"name":${json(text)}}`)),
    redactNotification(note(`{${json(text)}:${json(`https://${text}`)}}`, { accountId: text, type: text })),
  ],
  'parts of keys': (text) => [identity.encodePart(text), identity.decodePart(text)],
  'resource keys': (text) => {
    const key = identity.resourceKey(text, text, text)
    return [
      key,
      identity.readResourceKey(text),
      identity.isResourceKey(text),
      identity.accountKeyPrefix(text),
    ]
  },
  eventId: (text) => identity.eventId({ accountId: text, type: text, ticks, payloadText: text }),
  'slots of a ledger': (text) => [
    slotOf(`a.${text}`, 'own'),
    slotOf(text, 'own'),
    readSlotName(`a#f#${text}`),
  ],
  RequestIds: (text) => [identity.keptRequestId(text), looksTagged(text), isTagged(text, ['key'])],
  'attributes of a message': (text) => [
    message.eventAttributes({ resourceKey: text, ticks, eventId: 'e', type: text }),
    message.readEventKey({ resource: text, event: text }),
    message.attributeText(text, 500),
    sqsAttributes({ text }),
    message.readNote({ requestId: text, sent: '1', received: text, key: text }),
  ],
  'a message of the queue': (text) => {
    const delivery = { requestId: text, sentTicks: ticks, receivedEpochMs: 1, keyFingerprint: 'k' }
    const packed = message.packMessage(Buffer.from(text), delivery)
    return packed && [packed.body, packed.attributes, message.unpackMessage(packed).text]
  },
  'what a delayed message says': (text) => readDelayed({ later: text, resource: text, event: text }),
  'what a replay says': (text) => readReplay(text),
  'the log line': (text) => {
    const ids = lineIds({ accountId: text, resource: { id: text }, eventId: 'e', receivedEpochMs: 1 })
    return canonicalLine({ delivery: 'quarantined', why: text, type: text, ...ids, event: text })
  },
  readEnvelope: (text) => [
    readEnvelope(note(json(text), { accountId: text, type: `matter.${text}` })).resourceKey,
    readEnvelope(note(`{"id":${json(text)}}`)).resourceKey,
  ],
  'readEnvelope, of anything': (text) => readEnvelope(text).resourceKey,
  scanTopLevel: (text) =>
    scanTopLevel(`{${json(text)}:1,"a":${json(text)}, "b" : [${json(text)}]}`, ['a', 'b']),
  parseLossless: (text) => parseLossless(`[${json(text)},{${json(text)}:${ticks}}]`),
  'resourceOf, links': (text) => {
    const href = { href: `/matters/${text}` }
    return ['roles', 'matteritems', 'layoutmatter'].map(
      (kind) => resourceOf(`${kind}.${text}`, { ...href, items: Array(20).fill(href) }, 'id').id.length,
    )
  },
  'signature and age': (text) => [
    isSignedWith({ timestamp: text, requestId: text, clientId: 'c' }, text, 'key'),
    parseTicks(text),
  ],
  'references and cursors': (text) => [parseReference(text), readCursor(text)],
  'addresses of the API': (text) => [
    apiUrl('https://api.example', 'a', path`/matters/${text}`, text),
    apiUrl('https://api.example', text, '/matters'),
  ],
  "addresses of the API, of a handler's path": (text) => apiUrl('https://api.example', 'a', `/${text}`, text),
  'queries of the console': (text) => [
    eventQuery({ type: text.slice(0, 500), account: text.slice(0, 500) }, 0),
    eventQuery({ since: text }, 0),
  ],
  'places in the console': (text) => [routeOf(text), routeOf(`#/event/${text}`), routeOf(`#/?type=${text}`)],
  'cookies of the console': (text) => [parseCookies(text), parseCookies(`console-1=${text}`, 'console-1')],
  'the body in the table': (text) =>
    readBody(writeBody(text, { kind: text, ids: text }), { kind: text, ids: text }),
}

const repeated = (text: string, chars: number) => text.repeat(Math.ceil(chars / text.length))
const nested = (levels: number) => `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`

/** Documents of so many characters, about, and what reads them. */
export const documents: Readonly<Record<string, (chars: number) => () => unknown>> = {
  'readEnvelope, of many members': (chars) => {
    const text = `{${repeated('"\\u0061":1,', chars)}${note('1').slice(1)}`
    return () => readEnvelope(text).resourceKey
  },
  'readEnvelope, of many payloads': (chars) => {
    const text = `{${repeated('"payload":[{"id":"x"}],', chars)}${note('1').slice(1)}`
    return () => readEnvelope(text).resourceKey
  },
  'readEnvelope, nested': (chars) => () => readEnvelope(note(nested(chars / 9))).resourceKey,
  'resourceOf, of many items': (chars) => {
    const payload = { items: Array(Math.ceil(chars / 10)).fill({ href: '/matter' }) }
    return () => resourceOf('matteritems.updated', payload, 'id')
  },
  'parseLossless, of long numbers': (chars) => {
    const text = `[${repeated('639170696424691361,', chars)}1]`
    return () => parseLossless(text)
  },
  'parseLossless, of one long number': (chars) => () =>
    parseLossless(`[1,${ticks},${repeated('1,', chars)}1]`),
  'indentedJson, of many values': (chars) => () => indentedJson(JSON.parse(`[${repeated('[],', chars)}1]`)),
  // Deeper ones cannot be written.
  'indentedJson, nested': (chars) => () => indentedJson(JSON.parse(nested(chars / 100))),
  'a notification for people, nested': (chars) => () => notificationLines(note(nested(chars / 100))),
  'redactNotification, nested': (chars) => () => redactNotification(note(nested(chars / 100))),
  'redactNotification, of many texts': (chars) => {
    const names = Array.from({ length: chars / 20 }, (_, nth) => `"Name ${nth}":"Mary ${nth}"`)
    return () => redactNotification(note(`{${names.join(',')}}`))
  },
  'a table of the command line, of many rows': (chars) => {
    const rows = [[repeated('a', chars), 'b'], ...Array<string[]>(chars / 20).fill(['c', 'd'])]
    const columns = ['one', 'other'].map((heading) => ({ heading, mayBeCut: true }))
    return () => [fittedTable(columns, rows, undefined), table(['one', 'other'], rows)]
  },
  'describeFailure, of many causes': (chars) => () => {
    let error = new Error('first')
    for (let nth = 0; nth < chars / 20; nth++)
      error = new AggregateError([error, error], 'x', { cause: error })
    return describeFailure(error, sourceStack)
  },
  'describeFailure, of many frames': (chars) => () =>
    describeFailure(
      Object.assign(new Error('x'), { stack: `Error: x${repeated(`\n    at f (${ownUrl}:1:1)`, chars)}` }),
      sourceStackOf(ownUrl),
    ),
}
