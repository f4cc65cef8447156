import type { Channel } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { ChannelTails } from '../../src/live/channel-tails.ts'
import { Reader } from '../../src/live/reader.ts'

interface FakeChannel {
  readonly channel: Channel
  readonly open: () => number
  readonly publish: (n: number, payload?: unknown) => void
  readonly end: () => void
}

function fakeChannel(name: string): FakeChannel {
  let open = 0
  let handler: ((message: unknown) => unknown) | undefined
  let onEnd: (() => void) | undefined
  const subscribe: Channel['subscribe'] = async (handle, options = {}) => {
    open += 1
    handler = handle as (message: unknown) => unknown
    onEnd = options.onEnd as () => void
    options.signal?.addEventListener('abort', () => (open -= 1))
    return { close: async () => undefined } as never
  }
  return {
    channel: { name, subscribe } as Channel,
    open: () => open,
    publish: (n, payload = n) => handler?.({ channel: name, epoch: 'e', n, payload, headers: {} }),
    end: () => onEnd?.(),
  }
}

const redact = (value: unknown) => value
const idsOf = (reader: Reader) => [...String(reader.read() ?? '').matchAll(/^id: e-(\d+)$/gm)].map(([, n]) => Number(n))

describe('tails of channels', () => {
  it('share one subscription, which ends ten seconds after the last reader has left', async () => {
    const clock = createVirtualClock()
    const tails = new ChannelTails({ redact, clock })
    const { channel, open } = fakeChannel('news')
    const readers = [new Reader(), new Reader()]
    for (const reader of readers) {
      await tails.follow(channel)
      tails.join(channel, reader, 'viewer', undefined)
    }
    expect(open()).toBe(1)
    readers[0]?.destroy()
    await clock.advance(20_000)
    expect(open()).toBe(1)
    readers[1]?.destroy()
    await clock.advance(9_000)
    expect(open()).toBe(1)
    await clock.advance(2_000)
    expect([open(), tails.size]).toEqual([0, 0])
  })

  it('end also where nobody joins in the end, and where the subscription does', async () => {
    const clock = createVirtualClock()
    const tails = new ChannelTails({ redact, clock })
    const [left, ended] = [fakeChannel('left'), fakeChannel('ended')]
    await tails.follow(left.channel)
    await tails.follow(ended.channel)
    const reader = new Reader()
    tails.join(ended.channel, reader, 'viewer', undefined)
    ended.end()
    expect(String(reader.read())).toContain('bye')
    await clock.advance(11_000)
    expect(tails.size).toBe(0)
  })

  it('keep a hundred messages, and a megabyte, for readers that come back', async () => {
    const tails = new ChannelTails({ redact })
    const news = fakeChannel('news')
    await tails.follow(news.channel)
    for (let n = 1; n <= 300; n++) news.publish(n)
    const back = new Reader()
    tails.join(news.channel, back, 'viewer', 'e-201')
    expect(idsOf(back)).toEqual(Array.from({ length: 99 }, (_, i) => 202 + i))
    for (let n = 301; n <= 400; n++) news.publish(n, 'x'.repeat(60_000))
    const again = new Reader()
    tails.join(news.channel, again, 'viewer', 'e-390')
    // Of those that were kept, as many as a reader that does not read may have.
    expect(idsOf(again)).toEqual([391, 392])
    tails.close()
  })

  it('are refused after 5 s while the storage is away, and go on when it is back', async () => {
    const clock = createVirtualClock()
    const tails = new ChannelTails({ redact, clock })
    let comeBack = (): void => undefined
    const back = new Promise<void>((resolve) => (comeBack = resolve))
    const { channel, publish } = fakeChannel('news')
    const subscribe: Channel['subscribe'] = async (handle, options) => {
      await back
      return channel.subscribe(handle, options)
    }
    const away = { name: 'news', subscribe } as Channel
    const refused = expect(tails.follow(away)).rejects.toMatchObject({ status: 503, code: 'unavailable' })
    await clock.advance(5_000)
    await refused
    comeBack()
    await tails.follow(away)
    const reader = new Reader()
    tails.join(away, reader, 'viewer', undefined)
    publish(1)
    expect(idsOf(reader)).toEqual([1])
    tails.close()
  })

  it('keep nothing of a message that is too large to be shown', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const tails = new ChannelTails({ redact })
    const news = fakeChannel('news')
    await tails.follow(news.channel)
    const payloads = Array.from({ length: 10 }, (_, n) => {
      const payload = { text: 'x'.repeat(100_000) }
      news.publish(n, payload)
      return new WeakRef(payload)
    })
    await new Promise(setImmediate)
    collect()
    expect(payloads.filter((payload) => payload.deref() !== undefined)).toHaveLength(0)
    tails.close()
  })

  it('make room for another channel where nobody watches any more', async () => {
    const tails = new ChannelTails({ redact })
    const channels = Array.from({ length: 51 }, (_, i) => fakeChannel(`c${i}`).channel)
    const readers = channels.slice(0, 50).map(() => new Reader())
    for (const [i, reader] of readers.entries()) {
      await tails.follow(channels[i]!)
      tails.join(channels[i]!, reader, 'viewer', undefined)
    }
    await expect(tails.follow(channels[50]!)).rejects.toMatchObject({ status: 503 })
    readers[20]?.destroy()
    await new Promise((resolve) => readers[20]?.once('close', resolve))
    await tails.follow(channels[50]!)
    expect(tails.size).toBe(50)
    tails.close()
  })

  it('are of fifty channels at the most', async () => {
    const tails = new ChannelTails({ redact })
    for (let i = 0; i < 50; i++) {
      const { channel } = fakeChannel(`c${i}`)
      await tails.follow(channel)
      tails.join(channel, new Reader(), 'viewer', undefined)
    }
    await expect(tails.follow(fakeChannel('c50').channel)).rejects.toMatchObject({ status: 503 })
    expect(tails.size).toBe(50)
    tails.close()
    expect(tails.size).toBe(0)
  })
})
