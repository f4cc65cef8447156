import type { Redis } from 'ioredis'
import { clockedClient, READS_CLOCK } from './clocked-client.ts'

/** Clients whose scripts see the server's clock later than it is, by as much as a test says. */
export class MovedClock {
  aheadMs = 0

  client(url: string): Redis {
    return clockedClient(url, () => `${READS_CLOCK}\n${this.#later()}`)
  }

  #later(): string {
    const [seconds, us] = [Math.floor(this.aheadMs / 1_000), Math.round((this.aheadMs % 1_000) * 1_000)]
    return `time[2] = time[2] + ${us}
time[1] = string.format('%.0f', time[1] + ${seconds} + math.floor(time[2] / 1000000))
time[2] = string.format('%.0f', time[2] % 1000000)`
  }
}
