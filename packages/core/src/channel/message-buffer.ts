import { Fifo } from '../waiting/fifo.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { Gap } from './channel.ts'
import { Losses } from './losses.ts'

/** A message as it came, shared by all who hear it. */
export interface Arrived extends ChannelPosition {
  readonly channel: string
  readonly body: string
}

const DROPPED: Gap = { size: 1, cause: 'buffer' }

/** What waits for a slow handler, in order. Losses stand where the lost messages were; two never stand side by side. */
export class MessageBuffer {
  readonly #items = new Fifo<Arrived | Losses>()
  #messages = 0

  /** How many messages wait; losses take no room. */
  get size(): number {
    return this.#messages
  }

  /** How long its array is. */
  get slots(): number {
    return this.#items.slots
  }

  push(message: Arrived): void {
    this.#items.push(message)
    this.#messages++
  }

  /** Something was lost after all that waits. */
  lose(channel: string, gap: Gap): void {
    const { last } = this.#items
    if (last instanceof Losses) return last.add(channel, gap)
    const losses = new Losses()
    losses.add(channel, gap)
    this.#items.push(losses)
  }

  /** This message finds no room. */
  dropNewest({ channel }: Arrived): void {
    this.lose(channel, DROPPED)
  }

  /** There must be one. */
  dropOldest(): void {
    const first = this.#items.shift()
    const losses = first instanceof Losses ? first : new Losses()
    const { channel } = (first instanceof Losses ? this.#items.shift() : first) as Arrived
    losses.add(channel, DROPPED)
    if (this.#items.first instanceof Losses) losses.addAll(this.#items.shift() as Losses)
    this.#items.unshift(losses)
    this.#messages--
  }

  /** All that waits is dropped; answers what was lost, with what was lost before. */
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
