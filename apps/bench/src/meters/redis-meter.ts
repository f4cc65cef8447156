import { Redis } from 'ioredis'
import { settled } from './meter.ts'
import type { Meter, Reading } from './meter.ts'

/** Reads the server's own counters, over a connection that nothing else uses. */
export class RedisMeter implements Meter {
  readonly #client: Redis

  private constructor(client: Redis) {
    this.#client = client
  }

  static async connect(url: string): Promise<RedisMeter> {
    const client = new Redis(url, { lazyConnect: true })
    await client.connect()
    return new RedisMeter(client)
  }

  async read(): Promise<Reading & { readonly calls: Readonly<Record<string, number>> }> {
    return parseInfo(String(await this.#client.call('info', 'cpu', 'commandstats', 'memory')))
  }

  settledMemory(): Promise<number> {
    return settled(async () => (await this.read()).memoryBytes)
  }

  async flush(): Promise<void> {
    await this.#client.flushall('SYNC')
  }

  /** By its slow log, which is set to see whatever takes longer than 0.1 ms. */
  async longestStallMs(): Promise<number> {
    await this.#client.config('SET', 'slowlog-log-slower-than', '100')
    await this.#client.config('SET', 'slowlog-max-len', '100000')
    const entries = (await this.#client.call('slowlog', 'get', '-1')) as readonly (readonly [number, number, number])[]
    await this.#client.call('slowlog', 'reset')
    return Math.max(0, ...entries.map(([, , us]) => us)) / 1_000
  }

  async close(): Promise<void> {
    this.#client.disconnect()
  }
}

function parseInfo(text: string): Reading & { readonly calls: Readonly<Record<string, number>> } {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  const calls: Record<string, number> = {}
  for (const [name, value] of fields) {
    if (name.startsWith('cmdstat_')) calls[name.slice('cmdstat_'.length)] = Number(/^calls=(\d+)/.exec(value)?.[1])
  }
  const seconds = Number(fields.get('used_cpu_user')) + Number(fields.get('used_cpu_sys'))
  return { cpuUs: seconds * 1e6, calls, memoryBytes: Number(fields.get('used_memory')) }
}
