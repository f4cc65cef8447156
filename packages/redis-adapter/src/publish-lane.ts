import { randomUUID } from 'node:crypto'
import { MqError } from '@mq/core'

/** What a publish says of itself, so that it takes effect once and in its place. */
export interface Numbered {
  /** Unique to one handle of a channel. */
  readonly publisher: string
  /** From 1, one more with each publish. */
  readonly number: number
  /** The one before it, if that is under way; else 0. */
  readonly after: number
}

interface Sent {
  readonly number: number
  /** When it and all before it have ended, well or not. */
  readonly ended: Promise<unknown>
}

/**
 * Keeps the publishes of one channel handle in order, though several are under way at once. One may reach the server late: it
 * did not know the script (SCRIPT FLUSH, failover), or a cluster's client held the command back. Those behind it are then not
 * done by the server, and sent again when it has ended.
 */
export class PublishLane {
  readonly name: string = randomUUID()
  #count = 0
  #newest: Sent | undefined
  #isUnknown = false

  /** `call` sends it, and answers null where the one before it had not come. */
  send(call: (numbered: Numbered) => Promise<unknown>): Promise<unknown> {
    const earlier = this.#newest
    const number = ++this.#count
    const sending = this.#inOrder(number, earlier, call)
    const newest: Sent = { number, ended: Promise.allSettled([earlier?.ended, sending]) }
    this.#newest = newest
    void newest.ended.then(() => {
      if (this.#newest === newest) this.#newest = undefined
    })
    return sending
  }

  /** What the server shall note of it at its end: nothing more, or (something may still arrive) that all is refused. */
  get last(): 'nothing' | 'forget' | 'refuse' {
    if (this.#count === 0) return 'nothing'
    return this.#newest === undefined && !this.#isUnknown ? 'forget' : 'refuse'
  }

  async #inOrder(
    number: number,
    earlier: Sent | undefined,
    call: (numbered: Numbered) => Promise<unknown>,
  ): Promise<unknown> {
    const numbered = { publisher: this.name, number, after: earlier?.number ?? 0 }
    try {
      const reply = await call(numbered)
      if (reply !== null || earlier === undefined) return reply
      await earlier.ended
      return await call({ ...numbered, after: 0 })
    } catch (thrown) {
      if (MqError.is(thrown, 'unavailable') && thrown.details['sent'] !== false) this.#isUnknown = true
      if (!MqError.is(thrown, 'storage-refused') || !thrown.message.includes('MQSTALE')) throw thrown
      // Sent twice by its client, so late that only newer ones are known.
      throw new MqError('unavailable', 'publish: whether it was done before is not known any more')
    }
  }
}
