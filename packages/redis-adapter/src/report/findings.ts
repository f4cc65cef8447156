import type { StorageFinding } from '@mq/core/adapter'
import { evictionOf } from './observed.ts'
import type { Observed } from './observed.ts'
import { findMemory } from './find-memory.ts'
import { findPersistence } from './find-persistence.ts'
import { findReplication } from './find-replication.ts'
import { ok, warning, error } from './finding.ts'

/** Of the clients that a server takes. */
const MANY_CLIENTS = 0.8
const LONG_STALL_MS = 100
const LONG_FORK_US = 100_000
const LONG_ROUND_TRIP_MS = 50
const ORDER: readonly StorageFinding['level'][] = ['error', 'warning', 'ok']

/** What a doctor would say of a server, the worst first. */
export function findingsOf(observed: Observed): StorageFinding[] {
  const found = [
    findEviction,
    findMemory,
    findPersistence,
    findReplication,
    findClients,
    findStalls,
    findRights,
  ].flatMap((find) => find(observed))
  if (found.every(({ level }) => level === 'ok'))
    found.unshift(ok('healthy', 'Nothing was found that has to be mended.'))
  return found.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level))
}

function findEviction(observed: Observed): StorageFinding[] {
  const policy = evictionOf(observed)
  const evicted = observed.info.number('evicted_keys') ?? 0
  const found: StorageFinding[] = []
  if (policy.startsWith('allkeys-')) {
    found.push(error('eviction', `maxmemory-policy is ${policy}: a full server deletes tasks. Set it to noeviction.`))
  } else if (policy !== 'noeviction') {
    const text = `maxmemory-policy is ${policy}: a full server deletes keys that expire. Keys of mq do not, but those of other programs may. noeviction is what mq expects.`
    found.push(warning('eviction', text))
  }
  if (evicted > 0) {
    const text = `The server has deleted ${evicted} keys for want of memory since it started.`
    found.push(policy.startsWith('allkeys-') ? error('evicted', text) : warning('evicted', text))
  }
  return found
}

function findClients({ info }: Observed): StorageFinding[] {
  const [clients = 0, most = Infinity] = [info.number('connected_clients'), info.number('maxclients')]
  const refused = info.number('rejected_connections') ?? 0
  const found: StorageFinding[] = []
  if (clients > most * MANY_CLIENTS) {
    const text = `${clients} of ${most} possible clients are connected: soon the server refuses new ones. Raise maxclients, or find who opens them.`
    found.push(warning('many-clients', text))
  }
  if (refused > 0) {
    const text = `The server has refused ${refused} connections since it started, because maxclients was reached.`
    found.push(warning('refused-connections', text))
  }
  return found
}

function findStalls({ info, settings, stalls = [], roundTripMs }: Observed): StorageFinding[] {
  const found: StorageFinding[] = []
  for (const { event, worstMs } of stalls) {
    if (worstMs < LONG_STALL_MS) continue
    found.push(
      warning(
        'stall',
        `The server stood still for up to ${worstMs} ms (${event}); leases last, but nothing else moves.`,
      ),
    )
  }
  const forkUs = info.number('latest_fork_usec') ?? 0
  if (forkUs > LONG_FORK_US) {
    const text = `The last fork, for a snapshot or a rewrite, took ${Math.round(forkUs / 1_000)} ms, in which the server answered nobody.`
    found.push(warning('long-fork', text))
  }
  if (roundTripMs > LONG_ROUND_TRIP_MS) {
    const text = `The server answered this question after ${Math.round(roundTripMs)} ms: it, this process or the network between them is slow.`
    found.push(warning('slow-answer', text))
  }
  if (settings?.get('latency-monitor-threshold') === '0') {
    const text = 'Stalls are not recorded: latency-monitor-threshold is 0. With 100, those of 100 ms and more are.'
    found.push(ok('stalls-not-recorded', text))
  }
  return found
}

function findRights({ settings, stalls }: Observed): StorageFinding[] {
  const hidden = [
    ...(settings === undefined ? ['its settings (CONFIG GET)'] : []),
    ...(stalls === undefined ? ['its stalls (LATENCY LATEST)'] : []),
  ]
  if (hidden.length === 0) return []
  const text = `The server does not let this user read ${hidden.join(' and ')}, so this report does not look at them.`
  return [ok('hidden', text)]
}
