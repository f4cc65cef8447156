import type { Adapter, ChannelDriver, Frame, FrameListener, PatternDriver } from '@mq/core'

/** The adapter, with a lossy path in front of its subscriptions. */
export class LossyPath {
  readonly adapter: Adapter
  /** Frames that are to be lost. */
  loses: (frame: Frame) => boolean = () => false
  /** Frames as they arrive. */
  alters: (frame: Frame) => Frame = (frame) => frame
  subscriptions = 0

  constructor(adapter: Adapter) {
    this.adapter = {
      name: adapter.name,
      capabilities: adapter.capabilities,
      open: (environment) => {
        const storage = adapter.open(environment)
        return {
          ready: (signal) => storage.ready(signal),
          queue: (name, options) => storage.queue(name, options),
          channel: (name, options) => this.#lossy(storage.channel(name, options)),
          pattern: (pattern) => this.#lossyPattern(storage.pattern(pattern)),
          registry: storage.registry,
          ...(storage.plain && { plain: storage.plain }),
          ...(storage.report && { report: () => storage.report!() }),
          close: () => storage.close(),
        }
      },
    }
  }

  #lossyPattern(driver: PatternDriver): PatternDriver {
    return {
      mark: (channel) => driver.mark(channel),
      subscribe: (listener) => {
        this.subscriptions++
        return driver.subscribe({
          onFrame: (channel, frame) => {
            if (!this.loses(frame)) listener.onFrame(channel, this.alters(frame))
          },
          onMalformed: (channel, error) => listener.onMalformed(channel, error),
          onInterruption: () => listener.onInterruption(),
        })
      },
    }
  }

  #lossy(driver: ChannelDriver): ChannelDriver {
    return {
      publish: (bodies) => driver.publish(bodies),
      mark: () => driver.mark(),
      obliterate: (options) => driver.obliterate(options),
      groups: () => driver.groups(),
      group: (name, options) => driver.group(name, options),
      subscribe: (listener: FrameListener) => {
        this.subscriptions++
        return driver.subscribe({
          onFrame: (frame) => {
            if (!this.loses(frame)) listener.onFrame(this.alters(frame))
          },
          onMalformed: (error) => listener.onMalformed(error),
          onInterruption: () => listener.onInterruption(),
        })
      },
    }
  }
}

/** Frames with any of these bodies. */
export function losing(...bodies: string[]): (frame: Frame) => boolean {
  return (frame) => frame.bodies.some((body) => bodies.includes(body))
}
