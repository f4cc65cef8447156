import type { Clock } from '../../clock.ts'
import type { GroupStart } from '../../ports/group-driver.ts'
import type { ChannelPort } from './channel-port.ts'
import { placeOfPosition } from './positions.ts'

/** The clocks of servers may be this much apart, and calls take as long, ms. */
const APART_MS = 5_000

/**
 * Where a group begins, in each partition. A position is exact in its own; the others have no place that belongs to it,
 * so there it is a time: that of its message, and somewhat before, since nothing that came after it may be passed by.
 */
export class Starts {
  readonly #from: GroupStart
  readonly #ports: readonly ChannelPort[]
  readonly #clock: Clock
  #published: Promise<{ readonly at: number } | undefined> | undefined

  constructor(from: GroupStart, ports: readonly ChannelPort[], clock: Clock) {
    this.#from = from
    this.#ports = ports
    this.#clock = clock
  }

  at(index: number): GroupStart | Promise<GroupStart> {
    const from = this.#from
    if (typeof from === 'string' || 'sinceMs' in from) return from
    const place = placeOfPosition(from.position, this.#ports.length)
    if (place === undefined) return 'earliest'
    if (place.index === index) return { position: place.own }
    return this.#since()
  }

  async #since(): Promise<GroupStart> {
    const published = await (this.#published ??= this.#ask())
    // No longer kept: all that is kept came after it.
    if (published === undefined) return 'earliest'
    return { sinceMs: Math.ceil(this.#clock.now() - published.at + APART_MS) }
  }

  /** When its message was published, by the clock of this process, as if no time had passed since it was asked. */
  async #ask(): Promise<{ readonly at: number } | undefined> {
    const { position } = this.#from as Extract<GroupStart, { position: unknown }>
    const { index, own } = placeOfPosition(position, this.#ports.length)!
    const askedAt = this.#clock.now()
    try {
      const agoMs = await this.#ports[index]!.driver.agoOf!(own)
      return agoMs === undefined ? undefined : { at: askedAt - agoMs }
    } catch (thrown) {
      this.#published = undefined
      throw thrown
    }
  }
}
