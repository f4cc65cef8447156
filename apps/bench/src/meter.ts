import { Redis } from 'ioredis'

/** What Redis itself counted since it started. */
export interface Reading {
  /** User and system time of the server, µs. */
  readonly cpuUs: number
  /** Calls by command, those that scripts made included. */
  readonly calls: Readonly<Record<string, number>>
  readonly memoryBytes: number
}

export interface Cost {
  readonly cpuUs: number
  readonly calls: Readonly<Record<string, number>>
  /** The sum of `calls`. */
  readonly commands: number
}

/** Reads the server's own counters, over a connection that nothing else uses. */
export class Meter {
  readonly #client: Redis

  private constructor(client: Redis) {
    this.#client = client
  }

  static async connect(url: string): Promise<Meter> {
    const client = new Redis(url, { lazyConnect: true })
    await client.connect()
    return new Meter(client)
  }

  async read(): Promise<Reading> {
    return parseInfo(String(await this.#client.call('info', 'cpu', 'commandstats', 'memory')))
  }

  /** Memory once it no longer changes: Redis goes on moving entries of a grown hash table for a while. */
  async settledMemory(): Promise<number> {
    let before = (await this.read()).memoryBytes
    for (let tries = 0; tries < 50; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const now = (await this.read()).memoryBytes
      if (Math.abs(now - before) < 4_096) return now
      before = now
    }
    return before
  }

  async flush(): Promise<void> {
    await this.#client.flushall('SYNC')
  }

  close(): void {
    this.#client.disconnect()
  }
}

/**
 * `commandstats` and not `total_commands_processed`: both count what scripts call (test/meter.test.ts holds Redis to
 * it), but only the first can leave out the meter's own INFO and count by command.
 */
export function costBetween(before: Reading, after: Reading): Cost {
  const calls: Record<string, number> = {}
  let commands = 0
  for (const [command, count] of Object.entries(after.calls)) {
    const more = count - (before.calls[command] ?? 0)
    if (more === 0 || command === 'info') continue
    calls[command] = more
    commands += more
  }
  return { cpuUs: after.cpuUs - before.cpuUs, calls, commands }
}

function parseInfo(text: string): Reading {
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
