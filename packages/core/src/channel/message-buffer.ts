import type { ChannelPosition } from '../ports/channel-driver.ts'
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
  /** Live items begin at `#head`. */
  #items: (Arrived | Losses)[] = []
  #head = 0
  #messages = 0

  /** How many messages wait; losses take no room. */
  get size(): number {
    return this.#messages
  }

  push(message: Arrived): void {
    this.#items.push(message)
    this.#messages++
  }

  /** Something was lost after all that waits. */
  lose(channel: string, gap: Gap): void {
    const last = this.#items.length > this.#head ? this.#items.at(-1) : undefined
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
    let losses = this.#items[this.#head]
    if (losses instanceof Losses) this.#head++
    else losses = new Losses()
    const { channel } = this.#items[this.#head] as Arrived
    losses.add(channel, DROPPED)
    const next = this.#items[this.#head + 1]
    if (next instanceof Losses) {
      losses.addAll(next)
      this.#head++
    }
    this.#items[this.#head] = losses
    this.#messages--
  }

  /** All that waits is dropped; answers what was lost, with what was lost before. */
  dropAll(): Losses {
    while (this.#messages > 0) this.dropOldest()
    const losses = this.take()
    return losses instanceof Losses ? losses : new Losses()
  }

  take(): Arrived | Losses | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head++
    if (!(item instanceof Losses)) this.#messages--
    if (this.#head > 1_000 || this.#head === this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#head = 0
    this.#messages = 0
  }
}
