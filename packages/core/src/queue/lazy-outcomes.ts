import type { MessageHandler, MessagesOptions, MessageSource, SubscribeOptions } from '../channel/channel.ts'
import type { ChannelSubscription, ConsumeBatchOptions, ConsumeOptions, Message } from '../channel/channel.ts'
import type { MessageBatchHandler, MessageTaskHandler } from '../channel/channel.ts'
import type { ConsumerGroup } from '../channel/group.ts'
import type { OpenSource } from '../channel/create-source.ts'
import type { Worker } from '../engine/worker.ts'
import { OUTCOMES } from '../define/history.ts'

/** Made by the first call that needs it. A class, because functions of its own would make each handle larger. */
export class LazyOutcomes<Out> implements MessageSource<Out> {
  readonly #queue: string
  readonly #make: () => OpenSource<Out>
  #made: OpenSource<Out> | undefined

  constructor(queue: string, make: () => OpenSource<Out>) {
    this.#queue = queue
    this.#make = make
  }

  get name(): string {
    return `${this.#queue}${OUTCOMES}`
  }

  async subscribe(handler: MessageHandler<Out>, options?: SubscribeOptions): Promise<ChannelSubscription> {
    return this.#source().subscribe(handler, options)
  }

  messages(options?: MessagesOptions): AsyncIterable<Message<Out>> {
    return this.#source().messages(options)
  }

  async consume(group: string, handler: MessageTaskHandler<Out>, options?: ConsumeOptions): Promise<Worker> {
    return this.#source().consume(group, handler, options)
  }

  async consumeBatch(group: string, handler: MessageBatchHandler<Out>, options?: ConsumeBatchOptions): Promise<Worker> {
    return this.#source().consumeBatch(group, handler, options)
  }

  async groups(): Promise<string[]> {
    return this.#source().groups()
  }

  group(name: string): ConsumerGroup {
    return this.#source().group(name)
  }

  async end(error: Error, endAt: number): Promise<void> {
    await this.#made?.end(error, endAt)
  }

  #source(): OpenSource<Out> {
    return (this.#made ??= this.#make())
  }
}
