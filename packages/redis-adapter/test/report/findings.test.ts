// What is wrong with a server is found, by a code, and nothing else is: one row for each thing that can be wrong.
import { describe, expect, it } from 'vitest'
import { factsOf } from '../../src/report/facts.ts'
import { findingsOf } from '../../src/report/findings.ts'
import type { Observed } from '../../src/report/observed.ts'
import { ServerInfo } from '../../src/report/server-info.ts'

/** A server without a fault. */
const SOUND = {
  redis_version: '7.4.1',
  redis_mode: 'standalone',
  connected_clients: '10',
  maxclients: '10000',
  used_memory: '1000000000',
  maxmemory: '4000000000',
  maxmemory_policy: 'noeviction',
  total_system_memory: '8000000000',
  mem_fragmentation_ratio: '1.05',
  loading: '0',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  aof_last_bgrewrite_status: 'ok',
  rdb_last_bgsave_status: 'ok',
  rdb_changes_since_last_save: '12',
  rejected_connections: '0',
  evicted_keys: '0',
  latest_fork_usec: '900',
  role: 'master',
  connected_slaves: '1',
  slave0: 'ip=10.0.0.7,port=6379,state=online,offset=5000,lag=0',
  master_repl_offset: '5010',
}

const SETTINGS = { appendfsync: 'everysec', save: '3600 1', 'latency-monitor-threshold': '100' }

interface Fault extends Partial<Omit<Observed, 'info' | 'settings'>> {
  readonly info?: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, string>> | undefined
}

function observed({ info = {}, settings, ...rest }: Fault): Observed {
  const text = Object.entries({ ...SOUND, ...info }).map(([field, value]) => `${field}:${value}\r\n`)
  return {
    info: new ServerInfo(`# Server\r\n${text.join('')}`),
    settings: new Map(Object.entries({ ...SETTINGS, ...settings })),
    stalls: [],
    slowCommands: 0,
    roundTripMs: 0.4,
    awaited: 1,
    ...rest,
  }
}

const codes = (fault: Fault): string[] => findingsOf(observed(fault)).map(({ level, code }) => `${level} ${code}`)
const UNSOUND: readonly (readonly [string, Fault])[] = [
  ['error eviction', { info: { maxmemory_policy: 'allkeys-lru' } }],
  ['warning eviction', { info: { maxmemory_policy: 'volatile-ttl' } }],
  ['warning evicted', { info: { evicted_keys: '3' } }],
  ['error memory-full', { info: { used_memory: '3900000000' } }],
  ['warning memory-nearly-full', { info: { used_memory: '3300000000' } }],
  ['warning memory-unlimited', { info: { maxmemory: '0' } }],
  ['warning swapped', { info: { mem_fragmentation_ratio: '0.7' } }],
  ['warning fragmented', { info: { mem_fragmentation_ratio: '1.9' } }],
  ['error loading', { info: { loading: '1' } }],
  ['error log-failed', { info: { aof_last_write_status: 'err' } }],
  ['warning rewrite-failed', { info: { aof_last_bgrewrite_status: 'err' } }],
  ['error snapshot-failed', { info: { rdb_last_bgsave_status: 'err' } }],
  ['warning durability', { settings: { appendfsync: 'no' } }],
  ['warning snapshots-only', { info: { aof_enabled: '0' } }],
  ['warning not-persistent', { info: { aof_enabled: '0' }, settings: { save: '' } }],
  ['error replica', { info: { role: 'slave' } }],
  ['error replicas-missing', { awaited: 2 }],
  ['warning replica-not-ready', { info: { slave1: 'ip=10.0.0.8,port=6379,state=wait_bgsave,offset=0,lag=0' } }],
  ['warning replica-behind', { info: { master_repl_offset: '99000000' } }],
  ['warning many-clients', { info: { connected_clients: '9000' } }],
  ['warning refused-connections', { info: { rejected_connections: '4' } }],
  ['warning stall', { stalls: [{ event: 'aof-fsync-always', worstMs: 420 }] }],
  ['warning long-fork', { info: { latest_fork_usec: '250000' } }],
  ['warning slow-answer', { roundTripMs: 80 }],
]

describe('a server without a fault', () => {
  it('is healthy, and what a crash would cost is said', () => {
    expect(codes({})).toEqual(['ok healthy', 'ok durability'])
    expect(codes({ settings: { appendfsync: 'always' } })).toEqual(['ok healthy'])
  })

  it('is no worse for what this user may not see, and that is said', () => {
    const hidden = { ...observed({}), settings: undefined, stalls: undefined, slowCommands: undefined }
    expect(findingsOf(hidden).map(({ code }) => code)).toEqual(['healthy', 'hidden'])
    expect(findingsOf(hidden)[1]!.text).toContain('CONFIG GET) and its stalls (LATENCY LATEST)')
    const names = factsOf(hidden).map(({ name }) => name)
    for (const name of ['fsync', 'snapshots', 'slow-commands', 'longest-stall']) expect(names).not.toContain(name)
  })

  it('may record no stalls, and be one of many', () => {
    expect(codes({ settings: { 'latency-monitor-threshold': '0' } })).toContain('ok stalls-not-recorded')
    expect(codes({ info: { redis_mode: 'cluster' } })).toContain('ok one-node')
  })
})

describe('a server with a fault', () => {
  it.each(UNSOUND)('%s', (finding, fault) => {
    const found = codes(fault)
    expect(found[0]).toBe(finding)
    expect(found.filter((each) => !each.startsWith('ok '))).toEqual([finding])
    expect(found).not.toContain('ok healthy')
  })

  it('has the worst first', () => {
    const info = { evicted_keys: '3', role: 'slave', maxmemory: '0', maxmemory_policy: 'allkeys-lru' }
    expect(codes({ info }).map((each) => each.split(' ')[0])).toEqual(['error', 'error', 'error', 'warning', 'ok'])
  })

  it('without an append-only file is known without its settings, too', () => {
    const hidden = { ...observed({ info: { aof_enabled: '0' } }), settings: undefined }
    expect(findingsOf(hidden)[0]).toMatchObject({ level: 'warning', code: 'no-log' })
  })
})

describe('what a server says', () => {
  it.each(['', 'OK', '\n:\n::1\nused_memory:\nmaxmemory:much\nslave0:\nslaveX:state=online\naof_enabled:2', '# a\r\n'])(
    'is taken as far as it is understood: %j',
    (text) => {
      const strange = { ...observed({}), info: new ServerInfo(text), awaited: 0 }
      expect(findingsOf(strange).map(({ code }) => code)).toEqual(['healthy'])
      for (const { value } of factsOf(strange)) expect(value).not.toBeNaN()
    },
  )

  it('of addresses and paths is in no report', () => {
    const paths = { executable: '/opt/s3cret/redis', config_file: '/etc/s3cret.conf', master_host: 's3cret.example' }
    const all = UNSOUND.map(([, fault]) => observed({ ...fault, info: { ...paths, ...fault.info } }))
    expect(JSON.stringify(all.map((each) => [factsOf(each), findingsOf(each)]))).not.toMatch(/s3cret|10\.0\.0/)
  })
})
