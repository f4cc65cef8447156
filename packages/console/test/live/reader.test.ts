import { createVirtualClock } from '@mq/core/testing'
import { describe, expect, it } from 'vitest'
import { eventText } from '../../src/live/event-text.ts'
import { Reader } from '../../src/live/reader.ts'

const snapshot = (n: number) => eventText({ event: 'overview', id: String(n), data: { n, filler: 'x'.repeat(20_000) } })
const message = (n: number) => eventText({ event: 'message', data: { n, filler: 'x'.repeat(20_000) } })

/** What is unread, taken as a fast reader would. */
async function drain(reader: Reader): Promise<{ event: string; data: any }[]> {
  let text = ''
  for (let chunk; (chunk = reader.read()) !== null; await new Promise(setImmediate)) text += String(chunk)
  return [...text.matchAll(/^event: (\w+)\n(?:id: .*\n)?data: (.*)$/gm)].map(([, event = '', data = '']) => ({
    event,
    data: JSON.parse(data),
  }))
}

describe('a reader that does not read', () => {
  it('fills a bounded memory, and then gets the newest snapshot of each kind instead of all', async () => {
    const reader = new Reader()
    for (let n = 0; n < 1_000; n++) reader.show('overview', snapshot(n))
    reader.show('storage', eventText({ event: 'storage', data: { state: 'away' } }))
    expect(reader.readableLength).toBeLessThan(100_000)
    const events = await drain(reader)
    const shown = events.filter(({ event }) => event === 'overview').map(({ data }) => data.n)
    expect(shown).toEqual([0, 1, 2, 3, 999])
    expect(events.filter(({ event }) => event === 'storage')).toHaveLength(1)
  })

  it('gets the number of messages that it missed', async () => {
    const reader = new Reader()
    for (let n = 0; n < 1_000; n++) reader.add(message(n))
    expect(reader.readableLength).toBeLessThan(100_000)
    const events = await drain(reader)
    expect(events.filter(({ event }) => event === 'message').map(({ data }) => data.n)).toEqual([0, 1, 2, 3])
    expect(events.at(-1)).toEqual({ event: 'gap', data: { size: 996 } })
    reader.add(message(1_000))
    expect((await drain(reader))[0]?.data.n).toBe(1_000)
  })

  it('is cut off soon after its end, so that a server that closes does not wait for it', async () => {
    const clock = createVirtualClock()
    const reader = new Reader(clock)
    for (let n = 0; n < 10; n++) reader.add(message(n))
    reader.bye('closing')
    await clock.advance(1_900)
    expect(reader.destroyed).toBe(false)
    await clock.advance(200)
    expect(reader.destroyed).toBe(true)
  })

  it('is ended all the same, and gets nothing after that', () => {
    const reader = new Reader()
    for (let n = 0; n < 10; n++) reader.show('overview', snapshot(n))
    reader.bye('closing')
    reader.bye('closing')
    reader.show('overview', snapshot(11))
    reader.beat()
    let text = ''
    for (let chunk; (chunk = reader.read()) !== null;) text += String(chunk)
    expect(text).toMatch(/event: bye\ndata: {"reason":"closing"}\n\n$/)
  })
})
