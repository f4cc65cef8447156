import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { clockedClient } from './clocked-client.ts'

/** How far each script moves it, so that numbers that are made of the time differ. */
const SCRIPT_US = 20
/** The most that a pause takes in real time, in which hints arrive. */
const MOST_WAIT_MS = 5

/**
 * A clock of the server that moves only when a test lets time pass, and a little with each script: a delay of 50 ms does
 * not end before the test says so, however busy the machine is, and a lease of 30 s ends at once.
 */
export class HeldClock {
  readonly #redis: Redis
  readonly #key: string

  /** `key`: where it is kept, beside what is tested. */
  static async start(redis: Redis, key: string): Promise<HeldClock> {
    await redis.set(key, Date.now() * 1_000)
    return new HeldClock(redis, key)
  }

  private constructor(redis: Redis, key: string) {
    this.#redis = redis
    this.#key = key
  }

  async pass(ms: number): Promise<void> {
    await this.#redis.incrby(this.#key, Math.round(ms * 1_000))
    await sleep(Math.min(ms, MOST_WAIT_MS))
  }

  /** A client whose scripts read this clock. */
  client(url: string): Redis {
    const reads = `local us = redis.call('INCRBY', '${this.#key}', ${SCRIPT_US})
local time = { string.format('%.0f', math.floor(us / 1000000)), string.format('%.0f', us % 1000000) }`
    return clockedClient(url, () => reads)
  }
}
