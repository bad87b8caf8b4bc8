import { describe, expect, it, vi } from 'vitest'
import { roomMaker } from '../../../shared/event/make-room.ts'

describe('room for a large text', () => {
  it('is made before one of 256 KB, and not before shorter ones', async () => {
    const makeRoom = roomMaker()
    let garbage: object | undefined = { dropped: true }
    const kept = new WeakRef(garbage)
    garbage = undefined
    // What was seen in a turn of the event loop stays until its end.
    await new Promise(setImmediate)
    makeRoom(262_143)
    expect(kept.deref()).toBeDefined()
    await new Promise(setImmediate)
    makeRoom(262_144)
    expect(kept.deref()).toBeUndefined()
  })

  it('is made by the collector that Lambda leaves in the process', () => {
    const gc = vi.fn()
    const makeRoom = roomMaker()
    vi.stubGlobal('gc', gc)
    makeRoom(300_000)
    makeRoom(300_000)
    vi.unstubAllGlobals()
    expect(gc).toHaveBeenCalledTimes(2)
  })
})
