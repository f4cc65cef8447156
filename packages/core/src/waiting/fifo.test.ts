import { describe, expect, it } from 'vitest'
import { MessageBuffer } from '../channel/message-buffer.ts'
import { Buffer } from '../engine/buffer.ts'
import type { Held } from '../engine/held.ts'
import { Fifo } from './fifo.ts'

interface Item {
  readonly n: number
}

describe('a Fifo', () => {
  it('gives what an array would, whatever is done to it', () => {
    const fifo = new Fifo<Item>()
    const model: Item[] = []
    // Compared without `expect`, which costs more than the work.
    const differences: unknown[] = []
    const compare = (n: number, what: string, is: unknown, ought: unknown): void => {
      if (is !== ought) differences.push({ n, what, is, ought })
    }
    let seed = 7
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    for (let n = 0; n < 10_000; n++) {
      const draw = random() + (Math.floor(n / 1_000) % 2 === 0 ? 0.1 : -0.1)
      if (draw < 0.45) compare(n, 'shifted', fifo.shift(), model.shift())
      else if (draw < 0.5) {
        fifo.unshift({ n })
        model.unshift(fifo.first!)
      } else if (draw > 1.0995) expect(fifo.clear()).toEqual(model.splice(0))
      else {
        fifo.push({ n })
        model.push(fifo.last!)
      }
      compare(n, 'size', fifo.size, model.length)
      compare(n, 'first', fifo.first, model[0])
      compare(n, 'last', fifo.last, model.at(-1))
      compare(n, 'is short', fifo.slots <= 2 * fifo.size + 66, true)
    }
    expect(differences).toEqual([])
  })

  const uses: Record<string, (fifo: Fifo<Item>, n: number) => void> = {
    'one comes, one goes': (fifo, n) => {
      fifo.push({ n })
      fifo.shift()
    },
    'the oldest is replaced by a note of its loss': (fifo, n) => {
      fifo.push({ n })
      fifo.shift()
      fifo.shift()
      fifo.unshift({ n })
    },
  }
  it.each(Object.entries(uses))('is bounded though it is never empty: %s', (_, use) => {
    for (const most of [2, 10, 500]) {
      const fifo = new Fifo<Item>()
      for (let n = 0; n < most; n++) fifo.push({ n })
      let slots = 0
      for (let n = 0; n < 3_000; n++) {
        use(fifo, n)
        slots = Math.max(slots, fifo.slots)
      }
      expect(slots).toBeLessThanOrEqual(Math.max(2 * most, most + 65))
      expect(fifo.size).toBe(most)
    }
  })
})

describe('what waits is in a bounded array', () => {
  it('with a handler that never ends, where the oldest is dropped', () => {
    const buffer = new MessageBuffer()
    for (let n = 0; n < 10; n++) buffer.push({ channel: 'c', epoch: 'e', n, body: '' })
    let slots = 0
    for (let n = 10; n < 10_000; n++) {
      buffer.dropOldest()
      buffer.push({ channel: 'c', epoch: 'e', n, body: '' })
      if (n % 7 === 0) buffer.lose('c', { size: 1, cause: 'transport' })
      slots = Math.max(slots, buffer.slots)
    }
    expect(slots).toBeLessThanOrEqual(2 * 21 + 66)
    expect(buffer.size).toBe(10)
  })

  it('where the newest is dropped', () => {
    const buffer = new MessageBuffer()
    const message = { channel: 'c', epoch: 'e', n: 1, body: '' }
    for (let n = 0; n < 10; n++) buffer.push(message)
    for (let n = 0; n < 10_000; n++) buffer.dropNewest(message)
    expect(buffer.slots).toBe(11)
  })

  it('in a worker that is never without work', () => {
    const buffer = new Buffer()
    const held = { header: {}, task: { payload: 'abc' } } as Held
    for (let n = 0; n < 10; n++) buffer.push(held)
    let slots = 0
    for (let n = 0; n < 10_000; n++) {
      buffer.push(held)
      buffer.shift()
      slots = Math.max(slots, buffer.slots)
    }
    expect(slots).toBeLessThanOrEqual(2 * 11 + 66)
    expect([buffer.size, buffer.bytes]).toEqual([10, 30])
  })
})
