import { MqError } from '@mq/core/adapter'
import type { StorageReport } from '@mq/core/adapter'
import type { Link } from '../link.ts'
import { factsOf } from './facts.ts'
import { findingsOf } from './findings.ts'
import type { Observed, Stall } from './observed.ts'
import { ServerInfo } from './server-info.ts'

const SECTIONS = ['server', 'clients', 'memory', 'persistence', 'stats', 'replication']
const SETTINGS = ['appendfsync', 'save', 'latency-monitor-threshold']

/**
 * Four commands, sent together, each of them O(1) for the server. What it forbids, or does not know, is left out, but
 * for `INFO`, without which mq cannot use a server at all.
 */
export async function reportServer(command: Link, awaited: number): Promise<StorageReport> {
  const run = (name: string, args: readonly string[]): Promise<unknown> =>
    command.run(name, (client) => client.call(name, [...args]))
  const sentAt = performance.now()
  const [[text, roundTripMs], settings, stalls, slowCommands] = await Promise.all([
    run('info', SECTIONS).then((reply) => [String(reply), performance.now() - sentAt] as const),
    allowed(run('config', ['get', ...SETTINGS])).then(readSettings),
    allowed(run('latency', ['latest'])).then(readStalls),
    allowed(run('slowlog', ['len'])).then(readCount),
  ])
  const info = new ServerInfo(text)
  const observed: Observed = { info, settings, stalls, slowCommands, roundTripMs, awaited }
  const isValkey = info.text('server_name') === 'valkey'
  return {
    kind: isValkey ? 'valkey' : 'redis',
    version: isValkey ? info.text('valkey_version') : info.text('redis_version'),
    facts: factsOf(observed),
    findings: findingsOf(observed),
  }
}

/** Undefined where the server refuses it: an ACL, or a provider that renamed the command. */
async function allowed(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply
  } catch (thrown) {
    if (MqError.is(thrown, 'unavailable') || MqError.is(thrown, 'closed')) throw thrown
    return undefined
  }
}

/** Names and values by turns; with RESP3 a map. */
function readSettings(reply: unknown): ReadonlyMap<string, string> | undefined {
  if (typeof reply !== 'object' || reply === null) return undefined
  if (!Array.isArray(reply)) return new Map(Object.entries(reply).map(([name, value]) => [name, String(value)]))
  const pairs = Array.from({ length: reply.length / 2 }, (_, i) => [String(reply[2 * i]), String(reply[2 * i + 1])])
  return new Map(pairs as [string, string][])
}

/** Of each event: its name, when it was last seen, how long that took, and how long the worst one took. */
function readStalls(reply: unknown): readonly Stall[] | undefined {
  if (!Array.isArray(reply)) return undefined
  return reply.flatMap((row: unknown) => {
    const [event, , , worstMs] = Array.isArray(row) ? (row as unknown[]) : []
    return typeof event === 'string' && typeof worstMs === 'number' ? [{ event, worstMs }] : []
  })
}

function readCount(reply: unknown): number | undefined {
  return typeof reply === 'number' ? reply : undefined
}
