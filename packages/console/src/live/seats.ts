import { systemClock } from '@mq/core'
import type { Clock, Timer } from '@mq/core'
import { Reader } from './reader.ts'

export interface SeatsOptions {
  /** Of all clients together. */
  readonly most: number
  /** Of one client. */
  readonly mostOfOne: number
  readonly clock?: Clock | undefined
}

const HEARTBEAT_MS = 15_000
/** After this a reader has to come again, and its access is checked again. */
const LONGEST_MS = 3_600_000
const RECONNECT_AFTER_MS = 1_000
const HELLO = Buffer.from(`retry: ${RECONNECT_AFTER_MS}\n\n`)

/**
 * The open streams of this process. When all seats are taken, a client that has none gets one of the client that has
 * most, as long as that one keeps some.
 */
export class Seats {
  readonly #options: SeatsOptions
  readonly #clock: Clock
  /** The readers of each client, oldest first, with the time at which they came. */
  readonly #clients = new Map<string, Map<Reader, number>>()
  #count = 0
  #heartbeat: Timer | undefined
  #closed = false

  constructor(options: SeatsOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get count(): number {
    return this.#count
  }

  /** Returns undefined when there is no seat for this client. */
  admit(client: string): Reader | undefined {
    const { most, mostOfOne } = this.#options
    const taken = this.#clients.get(client)?.size ?? 0
    if (this.#closed || taken >= mostOfOne) return undefined
    if (this.#count >= most && !this.#makeRoom(taken)) return undefined
    const reader = new Reader(this.#clock)
    const readers = this.#clients.get(client) ?? new Map<Reader, number>()
    readers.set(reader, this.#clock.now())
    this.#clients.set(client, readers)
    this.#count += 1
    reader.once('close', () => this.#leave(reader, client))
    reader.add(HELLO)
    this.#heartbeat ??= this.#clock.schedule(() => this.#beat(), HEARTBEAT_MS)
    return reader
  }

  close(): void {
    this.#closed = true
    for (const reader of this.#readers()) reader.bye('closing')
    this.#heartbeat?.cancel()
    this.#heartbeat = undefined
  }

  /** The newest stream of the client that has most, if it then still has more than the one who asks. */
  #makeRoom(taken: number): boolean {
    const largest = [...this.#clients].reduce((a, b) => (b[1].size > a[1].size ? b : a))
    const [client, readers] = largest
    if (readers.size - 1 <= taken) return false
    const newest = [...readers.keys()].at(-1)
    if (newest === undefined) return false
    this.#leave(newest, client)
    newest.bye('share')
    return true
  }

  #leave(reader: Reader, client: string): void {
    const readers = this.#clients.get(client)
    if (!readers?.delete(reader)) return
    this.#count -= 1
    if (readers.size === 0) this.#clients.delete(client)
    if (this.#count > 0) return
    this.#heartbeat?.cancel()
    this.#heartbeat = undefined
  }

  #beat(): void {
    this.#heartbeat = this.#clock.schedule(() => this.#beat(), HEARTBEAT_MS)
    const now = this.#clock.now()
    for (const readers of [...this.#clients.values()]) {
      for (const [reader, since] of [...readers]) {
        if (now - since >= LONGEST_MS) reader.bye('renew')
        else reader.beat()
      }
    }
  }

  #readers(): Reader[] {
    return [...this.#clients.values()].flatMap((readers) => [...readers.keys()])
  }
}
