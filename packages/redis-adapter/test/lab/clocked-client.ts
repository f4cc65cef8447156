import { Redis } from 'ioredis'

/** The line of all scripts that reads the server's clock. */
export const READS_CLOCK = "local time = redis.call('TIME')"

/** A client whose scripts read the time by other lines of Lua, which are asked for at each call. */
export function clockedClient(url: string, readsClock: () => string): Redis {
  const client = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const call = client.call.bind(client) as (command: string, args: (string | number)[]) => Promise<unknown>
  const clocked = async (command: string, args: (string | number)[]): Promise<unknown> => {
    if (command === 'evalsha') throw Object.assign(new Error('NOSCRIPT'), { name: 'ReplyError' })
    if (command !== 'eval') return call(command, args)
    const [text, ...rest] = args
    return call('eval', [String(text).replaceAll(READS_CLOCK, readsClock()), ...rest])
  }
  return Object.assign(client, { call: clocked })
}
