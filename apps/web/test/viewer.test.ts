import { describe, expect, it, vi } from 'vitest'
import { Viewer } from '../src/live/viewer.ts'

const sighting = (id: number) => ({ event: 'sighting', id: String(id), data: { filler: 'x'.repeat(1_000) } }) as const

describe('a viewer that reads too slowly', () => {
  it('fills a bounded memory, and is told how many it missed once it reads on', async () => {
    const viewer = new Viewer()
    for (let id = 0; id < 10_000; id++) viewer.tell(sighting(id))
    expect(viewer.readableLength).toBeLessThan(70_000)

    let text = ''
    viewer.on('data', (chunk) => (text += String(chunk)))
    await vi.waitFor(() => expect(text).toContain('event: gap'))
    const told = text.match(/^event: sighting$/gm)?.length ?? 0
    expect(text).toContain(`event: gap\ndata: {"size":${10_000 - told}}`)

    viewer.tell(sighting(10_001))
    await vi.waitFor(() => expect(text).toContain('id: 10001'))
  })
})
