import { createContext } from 'preact'
import type { LiveStore } from './live-store.ts'

/** What the server tells as it happens; `App` gives it to all views. */
export const LiveContext = createContext<LiveStore | undefined>(undefined)
