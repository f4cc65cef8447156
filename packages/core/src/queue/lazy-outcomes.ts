import type { MessageHandler, MessagesOptions, MessageSource, SubscribeOptions } from '../channel/channel.ts'
import type { ChannelSubscription, ConsumeBatchOptions, ConsumeOptions, Message } from '../channel/channel.ts'
import type { MessageBatchHandler, MessageTaskHandler } from '../channel/channel.ts'
import type { ConsumerGroup } from '../channel/group.ts'
import type { OpenSource } from '../channel/create-source.ts'
import type { Worker } from '../engine/worker.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { OUTCOMES } from '../define/history.ts'
import type { TaskOutcome } from './outcomes.ts'

/** What a queue's handle has for them. */
export interface OutcomeParts<Out> {
  readonly definition: QueueDefinition<any, any, any, Out>
  readonly source: (definition: QueueDefinition<any, any, any, Out>) => OpenSource<TaskOutcome<Out>>
}

/** Made by the first call that needs it. A class, because functions of its own would make each handle larger. */
export class LazyOutcomes<Out> implements MessageSource<TaskOutcome<Out>> {
  readonly #parts: OutcomeParts<Out>
  #made: OpenSource<TaskOutcome<Out>> | undefined

  constructor(parts: OutcomeParts<Out>) {
    this.#parts = parts
  }

  get name(): string {
    return `${this.#parts.definition.name}${OUTCOMES}`
  }

  async subscribe(handler: MessageHandler<TaskOutcome<Out>>, options?: SubscribeOptions): Promise<ChannelSubscription> {
    return this.#source().subscribe(handler, options)
  }

  messages(options?: MessagesOptions): AsyncIterable<Message<TaskOutcome<Out>>> {
    return this.#source().messages(options)
  }

  async consume(
    group: string,
    handler: MessageTaskHandler<TaskOutcome<Out>>,
    options?: ConsumeOptions,
  ): Promise<Worker> {
    return this.#source().consume(group, handler, options)
  }

  async consumeBatch(
    group: string,
    handler: MessageBatchHandler<TaskOutcome<Out>>,
    options?: ConsumeBatchOptions,
  ): Promise<Worker> {
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

  #source(): OpenSource<TaskOutcome<Out>> {
    return (this.#made ??= this.#parts.source(this.#parts.definition))
  }
}
