import type { OtherProgram } from '@mq/conformance'
import type { Redis } from 'ioredis'

/** A program that knows nothing of mq: bare commands. */
export class RedisProgram implements OtherProgram {
  readonly #redis: Redis
  readonly #subscribers: Redis[] = []

  constructor(redis: Redis) {
    this.#redis = redis
  }

  lpush(list: string, ...texts: string[]): Promise<number> {
    return this.#redis.lpush(list, ...texts)
  }

  rpush(list: string, ...texts: string[]): Promise<number> {
    return this.#redis.rpush(list, ...texts)
  }

  lpop(list: string): Promise<string | null> {
    return this.#redis.lpop(list)
  }

  llen(list: string): Promise<number> {
    return this.#redis.llen(list)
  }

  publish(topic: string, text: string): Promise<number> {
    return this.#redis.publish(topic, text)
  }

  async subscribe(topic: string, listener: (text: string) => void): Promise<void> {
    const subscriber = this.#redis.duplicate()
    this.#subscribers.push(subscriber)
    subscriber.on('message', (_topic, text: string) => listener(text))
    await subscriber.subscribe(topic)
  }

  async close(): Promise<void> {
    for (const subscriber of this.#subscribers) subscriber.disconnect()
  }
}
