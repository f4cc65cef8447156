import { createVirtualClock } from '@mq/core/testing'
import { describe, expect, it } from 'vitest'
import type { Reader } from '../../src/live/reader.ts'
import { Seats } from '../../src/live/seats.ts'

const take = (seats: Seats, client: string, count: number) => Array.from({ length: count }, () => seats.admit(client))
const count = (readers: readonly (Reader | undefined)[]) => readers.filter((reader) => reader !== undefined).length
const textOf = (reader: Reader | undefined) => String(reader?.read() ?? '')

describe('seats', () => {
  it('are bounded for one client', () => {
    const seats = new Seats({ most: 100, mostOfOne: 3 })
    expect(count(take(seats, 'a', 5))).toBe(3)
    expect(count(take(seats, 'b', 1))).toBe(1)
    seats.close()
  })

  it('are shared: when all are taken, a client with fewer gets one of the client that has most', () => {
    const seats = new Seats({ most: 6, mostOfOne: 6 })
    const first = take(seats, 'a', 6)
    expect(count(take(seats, 'b', 6))).toBe(3)
    expect(first.map((reader) => textOf(reader).includes('"share"'))).toEqual([false, false, false, true, true, true])
    expect(count(take(seats, 'c', 6))).toBe(2)
    expect(count(take(seats, 'a', 1))).toBe(0)
    expect(seats.count).toBe(6)
    seats.close()
  })

  it('are free again when their reader has left', async () => {
    const seats = new Seats({ most: 1, mostOfOne: 1 })
    const reader = seats.admit('a')
    expect(seats.admit('b')).toBeUndefined()
    reader?.destroy()
    await new Promise((resolve) => reader?.once('close', resolve))
    expect(seats.count).toBe(0)
    expect(seats.admit('b')).toBeDefined()
    seats.close()
  })

  it('are for an hour: then the access of a reader is checked again', async () => {
    const clock = createVirtualClock()
    const seats = new Seats({ most: 1, mostOfOne: 1, clock })
    const reader = seats.admit('a')
    await clock.advance(60_000)
    expect(textOf(reader)).toBe('retry: 1000\n\n:\n\n:\n\n:\n\n:\n\n')
    await clock.advance(3_600_000)
    expect(textOf(reader)).toContain('event: bye\ndata: {"reason":"renew"}')
    seats.close()
  })

  it('are taken from all when the server closes, and given to nobody', () => {
    const seats = new Seats({ most: 3, mostOfOne: 3 })
    const readers = take(seats, 'a', 2)
    seats.close()
    expect(readers.map((reader) => textOf(reader).includes('"closing"'))).toEqual([true, true])
    expect(seats.admit('b')).toBeUndefined()
  })
})
