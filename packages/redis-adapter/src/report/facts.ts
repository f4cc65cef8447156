import type { StorageFact } from '@mq/core/adapter'
import { evictionOf } from './observed.ts'
import type { Observed } from './observed.ts'

type Value = StorageFact['value'] | undefined

/** Figures of a server, in the order in which an operator reads them. */
export function factsOf(observed: Observed): StorageFact[] {
  const { info, settings, stalls, slowCommands, roundTripMs } = observed
  const seconds = (field: string): number | undefined => thousandfold(info.number(field))
  const limit = info.number('maxmemory')
  const facts: readonly (readonly [string, Value, StorageFact['unit']?])[] = [
    ['memory-used', info.number('used_memory'), 'bytes'],
    ['memory-limit', limit === 0 ? undefined : limit, 'bytes'],
    ['memory-peak', info.number('used_memory_peak'), 'bytes'],
    ['memory-of-process', info.number('used_memory_rss'), 'bytes'],
    ['memory-of-machine', info.number('total_system_memory'), 'bytes'],
    ['fragmentation', info.number('mem_fragmentation_ratio'), 'ratio'],
    ['eviction-policy', evictionOf(observed)],
    ['evicted-keys', info.number('evicted_keys')],
    ['append-only-file', info.flag('aof_enabled')],
    ['fsync', info.flag('aof_enabled') === true ? settings?.get('appendfsync') : undefined],
    ['snapshots', settings === undefined ? undefined : (settings.get('save') ?? '') !== ''],
    ['changes-since-snapshot', info.number('rdb_changes_since_last_save')],
    ['role', info.text('role')],
    ['replicas', info.number('connected_slaves')],
    ['replica-lag', most(info.replicas().map(({ behind }) => behind)), 'bytes'],
    ['clients', info.number('connected_clients')],
    ['clients-limit', info.number('maxclients')],
    ['refused-connections', info.number('rejected_connections')],
    ['commands', info.number('instantaneous_ops_per_sec'), 'perSecond'],
    ['slow-commands', slowCommands],
    ['longest-stall', most((stalls ?? []).map(({ worstMs }) => worstMs)), 'ms'],
    ['last-fork', thousandth(info.number('latest_fork_usec')), 'ms'],
    ['round-trip', Math.round(roundTripMs * 100) / 100, 'ms'],
    ['uptime', seconds('uptime_in_seconds'), 'ms'],
  ]
  return facts.flatMap(([name, value, unit]) => (value === undefined ? [] : [{ name, value, ...(unit && { unit }) }]))
}

function most(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.max(...numbers)
}

function thousandfold(number: number | undefined): number | undefined {
  return number === undefined ? undefined : number * 1_000
}

function thousandth(number: number | undefined): number | undefined {
  return number === undefined ? undefined : number / 1_000
}
