import { randomUUID } from 'node:crypto'
import { MqError } from '@mq/core/adapter'
import { InOrder } from './in-order.ts'

/** What identifies a publish, so that it takes effect once and in its order. */
export interface Numbered {
  /** Unique to one handle of a channel. */
  readonly publisher: string
  /** From 1, one more with each publish. */
  readonly number: number
  /** The number of the one before it, if that is under way; otherwise 0. */
  readonly after: number
}

/** Numbers the publishes of one channel handle, and keeps them in order. */
export class PublishLane {
  readonly name: string = randomUUID()
  readonly #inOrder = new InOrder<number>()
  #count = 0
  #isUnknown = false

  /** `call` sends it, and returns null when the one before it had not arrived. */
  async send(call: (numbered: Numbered) => Promise<unknown>): Promise<unknown> {
    const number = ++this.#count
    try {
      return await this.#inOrder.send(number, (after = 0) => call({ publisher: this.name, number, after }))
    } catch (thrown) {
      if (MqError.is(thrown, 'unavailable') && thrown.details['sent'] !== false) this.#isUnknown = true
      if (!MqError.is(thrown, 'storage-refused') || !thrown.message.includes('MQSTALE')) throw thrown
      // The client sent it twice, so late that only newer ones are known.
      throw new MqError('unavailable', 'publish: it is no longer known whether an earlier try was done')
    }
  }

  /** What the server has to store of it at its end: nothing, or (when calls may still arrive) that all are refused. */
  get last(): 'nothing' | 'forget' | 'refuse' {
    if (this.#count === 0) return 'nothing'
    return this.#inOrder.idle && !this.#isUnknown ? 'forget' : 'refuse'
  }
}
