import { Fifo } from '../waiting/fifo.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { Gap } from './channel.ts'
import { Losses } from './losses.ts'

/** A message as it arrived, shared by all subscribers. */
export interface Arrived extends ChannelPosition {
  readonly channel: string
  readonly body: string
}

const DROPPED: Gap = { size: 1, cause: 'buffer' }

/**
 * The messages that wait for a slow handler, in order. Losses are at the place of the lost messages; two in a row are
 * merged.
 */
export class MessageBuffer {
  readonly #items = new Fifo<Arrived | Losses>()
  #messages = 0

  /** How many messages wait; losses are not counted. */
  get size(): number {
    return this.#messages
  }

  /** The length of its array. */
  get slots(): number {
    return this.#items.slots
  }

  push(message: Arrived): void {
    this.#items.push(message)
    this.#messages++
  }

  /** Adds a loss after all waiting messages. */
  lose(channel: string, gap: Gap): void {
    const { last } = this.#items
    if (last instanceof Losses) return last.add(channel, gap)
    const losses = new Losses()
    losses.add(channel, gap)
    this.#items.push(losses)
  }

  /** Counts this message as lost because the buffer is full. */
  dropNewest({ channel }: Arrived): void {
    this.lose(channel, DROPPED)
  }

  /** Takes the first item. There has to be one. */
  dropOldest(): void {
    const first = this.#items.shift()
    const losses = first instanceof Losses ? first : new Losses()
    const { channel } = (first instanceof Losses ? this.#items.shift() : first) as Arrived
    losses.add(channel, DROPPED)
    if (this.#items.first instanceof Losses) losses.addAll(this.#items.shift() as Losses)
    this.#items.unshift(losses)
    this.#messages--
  }

  /** Drops all waiting messages; returns these losses together with those before. */
  dropAll(): Losses {
    while (this.#messages > 0) this.dropOldest()
    const losses = this.take()
    return losses instanceof Losses ? losses : new Losses()
  }

  take(): Arrived | Losses | undefined {
    const item = this.#items.shift()
    if (item !== undefined && !(item instanceof Losses)) this.#messages--
    return item
  }

  clear(): void {
    this.#items.clear()
    this.#messages = 0
  }
}
