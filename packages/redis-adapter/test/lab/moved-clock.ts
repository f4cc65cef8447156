import { Redis } from 'ioredis'

/** The line of all scripts that reads the server's clock. */
const READS = "local time = redis.call('TIME')"

/** Clients whose scripts see the server's clock later than it is, by as much as a test says. */
export class MovedClock {
  aheadMs = 0

  client(url: string): Redis {
    const client = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })
    const call = client.call.bind(client) as (command: string, args: (string | number)[]) => Promise<unknown>
    const moved = async (command: string, args: (string | number)[]): Promise<unknown> => {
      if (command === 'evalsha') throw Object.assign(new Error('NOSCRIPT'), { name: 'ReplyError' })
      if (command !== 'eval') return call(command, args)
      const [text, ...rest] = args
      return call('eval', [String(text).replaceAll(READS, `${READS}\n${this.#later()}`), ...rest])
    }
    return Object.assign(client, { call: moved })
  }

  #later(): string {
    const [seconds, us] = [Math.floor(this.aheadMs / 1_000), Math.round((this.aheadMs % 1_000) * 1_000)]
    return `time[2] = time[2] + ${us}
time[1] = string.format('%.0f', time[1] + ${seconds} + math.floor(time[2] / 1000000))
time[2] = string.format('%.0f', time[2] % 1000000)`
  }
}
