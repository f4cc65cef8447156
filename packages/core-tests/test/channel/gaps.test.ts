import type { ChannelDriver, FrameListener, Gap } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withChannel } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

type Seen = { readonly epoch: string; readonly n: number } | Gap
type Feed = (epoch: string, n: number) => void

/** A subscriber whose handler stands still at message 1 while `feed` works; then it sees the rest. */
async function seenBy(buffer: number, feed: (send: Feed) => void): Promise<Seen[]> {
  const { bench, listeners } = handFed()
  const seen: Seen[] = []
  let release = (): void => undefined
  const handler = async ({ epoch, n }: { epoch: string; n: number }): Promise<void> => {
    seen.push({ epoch, n })
    if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve))
  }
  await bench.broker.channel('c').subscribe(handler, { buffer, onGap: (gap) => seen.push(gap) })
  const send: Feed = (epoch, n) => listeners[0]!.onFrame({ epoch, n, bodies: ['"x"'] })
  send('e', 1)
  await bench.clock.advance(1)
  feed(send)
  release()
  await bench.clock.advance(1)
  return seen
}

/** A broker on a channel that says what the test says. */
function handFed(): { bench: BrokerBench; listeners: FrameListener[] } {
  const listeners: FrameListener[] = []
  const channel: Partial<ChannelDriver> = {
    async subscribe(listener) {
      listeners.push(listener)
      return { live: true, close: async () => undefined }
    },
    async mark() {
      // After the call that asked for it, as over a network.
      queueMicrotask(() => listeners.forEach((listener) => listener.onFrame({ epoch: 'e', n: 0, bodies: [] })))
      return { epoch: 'e', n: 0 }
    },
  }
  return { bench: brokerBench((inner) => withChannel(inner, channel)), listeners }
}

/** Repeatable: a linear congruential generator. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
}

describe('a loss at a slow subscriber with a small buffer', () => {
  it('on the way is told, though the buffer has one place', async () => {
    const seen = await seenBy(1, (send) => send('e', 5))
    expect(seen).toEqual([
      { epoch: 'e', n: 1 },
      { size: 3, cause: 'transport' },
      { epoch: 'e', n: 5 },
    ])
  })

  it('of unknown size stays unknown when the buffer runs over too', async () => {
    const seen = await seenBy(2, (send) => [1, 2, 3].forEach((n) => send('f', n)))
    const rest = [{ epoch: 'f', n: 3 }]
    expect(seen[0]).toEqual({ epoch: 'e', n: 1 })
    expect(seen.slice(1).filter((item) => 'size' in item)).toContainEqual(expect.objectContaining({ size: undefined }))
    expect(seen.slice(-1)).toEqual(rest)
  })

  it.each([1, 2, 3, 4])(
    'adds up: what was seen and what was told missing, in order, with a buffer of %i',
    async (size) => {
      for (let seed = 1; seed <= 50; seed++) {
        const roll = dice(seed)
        let newest = 1
        const seen = await seenBy(size, (send) => {
          for (let i = 0; i < 12; i++) {
            newest += roll(3) === 0 ? 2 + roll(4) : 1
            send('e', newest)
          }
        })
        let position = 0
        const places = seen.map((item) => ('size' in item ? (position += item.size!) : ++position))
        const reported = seen.map((item, i) => ('size' in item ? places[i] : item.n))
        expect([seed, ...reported], 'the seed, and each place').toEqual([seed, ...places])
        expect(position).toBe(newest)
      }
    },
  )

  it.each([1, 2, 3, 4])(
    'of unknown size is told between the messages of two numberings, with a buffer of %i',
    async (size) => {
      for (let seed = 1; seed <= 50; seed++) {
        const roll = dice(seed)
        let [epoch, newest] = [0, 1]
        const seen = await seenBy(size, (send) => {
          for (let i = 0; i < 12; i++) {
            const restarts = roll(4) === 0
            if (restarts) epoch++
            newest = restarts ? 1 : newest + 1 + roll(2)
            send(epoch === 0 ? 'e' : `e${epoch}`, newest)
          }
        })
        // An unknown size may hide what it likes; anything else must add up.
        let [at, position, unknown] = ['e', 0, false]
        for (const item of seen) {
          if ('size' in item) {
            unknown ||= item.size === undefined
            position += item.size ?? 0
            continue
          }
          const known = unknown || (item.epoch === at && item.n === position + 1)
          if (!known) expect.unreachable(`seed ${seed}: ${JSON.stringify(seen)}`)
          ;[at, position, unknown] = [item.epoch, item.n, false]
        }
        expect(unknown || position === newest).toBe(true)
      }
    },
  )
})

describe('onGap', () => {
  it.each(['throws', 'rejects'])('that %s is reported to onError, and the subscription goes on', async (how) => {
    const { bench, listeners } = handFed()
    const got: number[] = []
    const failing = how === 'throws' ? fail : async (): Promise<void> => fail()
    await bench.broker.channel('c').subscribe(({ n }) => got.push(n), { onGap: failing })
    listeners[0]!.onFrame({ epoch: 'e', n: 1, bodies: ['1'] })
    listeners[0]!.onFrame({ epoch: 'e', n: 4, bodies: ['4'] })
    await bench.clock.advance(1)
    expect(got).toEqual([1, 4])
    expect(bench.errors.map(({ message }) => message)).toEqual(['onGap failed'])
  })
})

function fail(): never {
  throw new Error('onGap failed')
}
