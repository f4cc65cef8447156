import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Adapter, Broker, ChannelDefinition, ChannelOptions, Frame, Message, Storage } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'

export interface Step {
  readonly key: string
  readonly step: number
}

export function named(partitions?: number, more: Partial<ChannelOptions<Step>> = {}): ChannelDefinition<Step, Step> {
  return defineChannel<Step>({ name: 'steps', history: { maxCount: 10_000 }, partitions, ...more })
}

/** Calls of a channel's partitions, by partition; those of the channel without, under -1. */
export class Watch {
  readonly adapter: Adapter
  readonly calls: Map<string, number> = new Map()
  /** Frames that are lost on their way to subscribers. */
  loses: (frame: Frame, partition: number) => boolean = () => false
  /** Calls of this partition are not done. */
  away: number | undefined
  #waiting: (() => void)[] = []

  constructor(adapter: Adapter = memoryAdapter()) {
    this.adapter = { ...adapter, open: (environment) => this.#watched(adapter.open(environment)) }
  }

  count(...verbs: string[]): number {
    return verbs.reduce((sum, verb) => sum + (this.calls.get(verb) ?? 0), 0)
  }

  back(): void {
    this.away = undefined
    for (const go of this.#waiting.splice(0)) go()
  }

  #watched(storage: Storage): Storage {
    return new Proxy(storage, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (name === 'channelWidths') return this.#driver(member as object, -2)
        if (name !== 'channel') return typeof member === 'function' ? member.bind(target) : member
        return (channel: string, options: { partition?: { index: number } } = {}) =>
          this.#driver(target.channel(channel, options as never), options.partition?.index ?? -1)
      },
    })
  }

  #driver<T extends object>(driver: T, partition: number): T {
    return new Proxy(driver, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        if (name === 'group') {
          return (...given: unknown[]) => this.#driver(Reflect.apply(member, target, given) as object, partition)
        }
        return async (...given: unknown[]) => {
          const verb = String(name)
          this.calls.set(verb, (this.calls.get(verb) ?? 0) + 1)
          while (this.away === partition) await new Promise<void>((go) => this.#waiting.push(go))
          if (verb === 'subscribe') given = [this.#lossy(given[0] as object, partition)]
          return Reflect.apply(member, target, given) as unknown
        }
      },
    })
  }

  #lossy(listener: object, partition: number): object {
    return new Proxy(listener, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as (...given: unknown[]) => unknown
        if (name !== 'onFrame') return member.bind(target)
        return (frame: Frame) => {
          if (frame.bodies.length === 0 || !this.loses(frame, partition)) member.call(target, frame)
        }
      },
    })
  }
}

export interface Lab {
  readonly watch: Watch
  readonly clock: VirtualClock
  readonly errors: Error[]
  readonly open: () => Broker
}

export function lab(): Lab {
  const watch = new Watch()
  const clock = createVirtualClock()
  const errors: Error[] = []
  const open = (): Broker =>
    createBroker(watch.adapter, { clock, logger: silentLogger, onError: (error) => void errors.push(error) })
  return { watch, clock, errors, open }
}

export function byKey(messages: readonly Message<Step>[]): Map<string, number[]> {
  const all = new Map<string, number[]>()
  for (const { payload } of messages) all.set(payload.key, [...(all.get(payload.key) ?? []), payload.step])
  return all
}
