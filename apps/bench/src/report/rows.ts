import { GROWTH_DEPTHS } from '../scenarios/growth.ts'
import { PARTITIONS } from '../scenarios/partitions.ts'
import { CROWD } from '../scenarios/crowd.ts'
import { optionLabels } from '../scenarios/option-costs.ts'
import type { Scores } from './summary.ts'

export type Unit = 'rate' | 'microseconds' | 'milliseconds' | 'count' | 'bytes'

/** In a label: `Redis`, or what serves in another table. */
export const CPU_OF = 'CPU_OF'

/** A row of the table: what one contender scored, and in what. */
export interface Row {
  /** What speaks of Redis alone begins with it; `CPU_OF` becomes whose processor time a table is about. */
  readonly label: string
  readonly unit: Unit
  /** In one round. */
  of(scores: Scores, contender: string): number | undefined
  /** Ratios are to this contender, and the label says so. Default: BullMQ. */
  readonly yardstick?: string | undefined
  /** Of no meaning where others than Redis serve. */
  readonly redisOnly?: boolean | undefined
}

const AT = 'process-100'
const FLOWS = { 'flow-10': 'one task after ten', 'chain-10': 'ten tasks one after another' } as const
const PAYLOADS = { '16': '16 bytes', '1k': '1 KB', '10k': '10 KB' } as const

export const ROWS: readonly Row[] = [
  single('enqueue, 1,000 callers at once, tasks/s', 'rate', 'enqueue', 'perSecond'),
  single('enqueue, 1,000 tasks a call, tasks/s', 'rate', 'bulk', 'perSecond'),
  single('process, concurrency 1, tasks/s', 'rate', 'process-1', 'perSecond'),
  single('process, concurrency 10, tasks/s', 'rate', 'process-10', 'perSecond'),
  single('process, concurrency 100, tasks/s', 'rate', AT, 'perSecond'),
  single('process, concurrency 1,000, tasks/s', 'rate', 'process-1000', 'perSecond'),
  single('idle enqueue → handler, p50', 'milliseconds', 'latency', 'p50Ms'),
  single('idle enqueue → handler, p99', 'milliseconds', 'latency', 'p99Ms'),
  single('at half its capacity (50,000/s at most): tasks/s', 'rate', 'open-loop', 'offeredPerSecond'),
  single('at half its capacity: meant to be sent → handler, p50', 'milliseconds', 'open-loop', 'p50Ms'),
  single('at half its capacity: meant to be sent → handler, p99', 'milliseconds', 'open-loop', 'p99Ms'),
  single('enqueue → awaited result, one at a time, p50', 'milliseconds', 'reply', 'p50Ms'),
  single('enqueue → awaited result, one at a time, p99', 'milliseconds', 'reply', 'p99Ms'),
  single('enqueue → awaited result, 100 callers at once, tasks/s', 'rate', 'reply', 'perSecond'),
  single(`${CPU_OF} CPU a task, enqueue (1,000 callers)`, 'microseconds', 'enqueue', 'cpuUs'),
  single(`${CPU_OF} CPU a task, process (c = 100)`, 'microseconds', AT, 'cpuUs'),
  both(`${CPU_OF} CPU a task, both`, 'microseconds', 'cpuUs'),
  { ...both('Redis commands a task, both, those in scripts counted', 'count', 'commands'), redisOnly: true },
  { ...both('requests to Redis a task, both', 'count', 'requests'), redisOnly: true },
  single('CPU of the program a task, enqueue (1,000 callers)', 'microseconds', 'enqueue', 'ownCpuUs'),
  single('CPU of the program a task, process (c = 1)', 'microseconds', 'process-1', 'ownCpuUs'),
  single('CPU of the program a task, process (c = 100)', 'microseconds', AT, 'ownCpuUs'),
  single(`idle enqueue → handler beside ${CROWD} idle workers, p50`, 'milliseconds', 'crowd', 'p50Ms'),
  single(`idle enqueue → handler beside ${CROWD} idle workers, p99`, 'milliseconds', 'crowd', 'p99Ms'),
  single('bytes a waiting task', 'bytes', 'memory', 'bytes'),
  toBare('publish, 1,000 callers at once, 1 subscriber, messages/s', 'rate', 'publish', 'perSecond'),
  toBare(`${CPU_OF} CPU a message`, 'microseconds', 'publish', 'cpuUs'),
  single('publish → handler, p99', 'milliseconds', 'slow-neighbour', 'aloneP99Ms'),
  single('the same beside a subscriber that takes 50 ms, p99', 'milliseconds', 'slow-neighbour', 'besideP99Ms'),
  toBare('consume from a log, concurrency 10, messages/s', 'rate', 'durable-10', 'perSecond'),
  toBare('consume from a log, concurrency 100, messages/s', 'rate', 'durable-100', 'perSecond'),
  toBare(`${CPU_OF} CPU a message, consume from a log (c = 100)`, 'microseconds', 'durable-100', 'cpuUs'),
  toBare('Redis commands a message, consume from a log (c = 100)', 'count', 'durable-100', 'commands'),
  ...optionLabels.map(([scenario, label]) =>
    single(`${CPU_OF} CPU a task, both, with ${label}`, 'microseconds', scenario, 'cpuUs'),
  ),
  single('100,000 schedules: set, 100 callers, schedules/s', 'rate', 'schedules', 'perSecond'),
  single('100,000 schedules: bytes each', 'bytes', 'schedules', 'bytes'),
  single(`100,000 schedules, none due: ${CPU_OF} CPU a second`, 'microseconds', 'schedules', 'idleCpuUs'),
  {
    ...single('100,000 schedules, none due: Redis commands a second', 'count', 'schedules', 'idleCommands'),
    redisOnly: true,
  },
  single('beside 100,000 schedules: tick → handler, p50', 'milliseconds', 'schedules', 'p50Ms'),
  single('beside 100,000 schedules: tick → handler, p99', 'milliseconds', 'schedules', 'p99Ms'),
  ...(['flow-10', 'chain-10'] as const).flatMap((scenario) => {
    const label = FLOWS[scenario]
    return [
      single(`${label}: enqueue in bulk, tasks/s`, 'rate', scenario, 'enqueuedPerSecond'),
      single(`${label}: process (c = 100), tasks/s`, 'rate', scenario, 'perSecond'),
      single(`${label}: ${CPU_OF} CPU a task, both`, 'microseconds', scenario, 'cpuUs'),
      { ...single(`${label}: Redis commands a task, both`, 'count', scenario, 'commands'), redisOnly: true },
    ]
  }),
  single('process what another program pushed (c = 100), tasks/s', 'rate', 'inbox', 'perSecond'),
  single(`${CPU_OF} CPU a task that another program pushed`, 'microseconds', 'inbox', 'cpuUs'),
  ...(['16', '1k', '10k'] as const).flatMap((size) => {
    const scenario = `payload-${size}`
    const label = `${PAYLOADS[size]} a task: enqueue in bulk and process (c = 100)`
    return [
      single(`${label}, tasks/s`, 'rate', scenario, 'perSecond'),
      single(`${label}, ${CPU_OF} CPU a task`, 'microseconds', scenario, 'cpuUs'),
    ]
  }),
  ...[1, 2, 4].map((count) =>
    single(
      `process (c = 100) in ${count} worker process${count > 1 ? 'es' : ''}, tasks/s`,
      'rate',
      `workers-${count}`,
      'perSecond',
    ),
  ),
  ...[1, 5].flatMap((delayMs) => [
    single(
      `${delayMs} ms more a round trip: enqueue, 100 callers, tasks/s`,
      'rate',
      `round-trip-${delayMs}`,
      'enqueuedPerSecond',
    ),
    single(
      `${delayMs} ms more a round trip: process, concurrency 10, tasks/s`,
      'rate',
      `round-trip-${delayMs}`,
      'perSecond',
    ),
  ]),
  ...[1, 10, 100].map((subscribers) =>
    single(
      `publish to ${subscribers} subscriber${subscribers > 1 ? 's' : ''}, deliveries/s`,
      'rate',
      `fanout-${subscribers}`,
      'perSecond',
    ),
  ),
  single('20,000 tenants: enqueue in bulk, tasks/s', 'rate', 'tenants', 'enqueuedPerSecond'),
  single('20,000 tenants, one task of each at a time, in order (c = 100), tasks/s', 'rate', 'tenants', 'perSecond'),
  single(`20,000 tenants: ${CPU_OF} CPU a task, both`, 'microseconds', 'tenants', 'cpuUs'),
  single('a quiet tenant beside a loud one: enqueue → handler, p50', 'milliseconds', 'quiet-tenant', 'p50Ms'),
  single('a quiet tenant beside a loud one: enqueue → handler, p99', 'milliseconds', 'quiet-tenant', 'p99Ms'),
  single('the same, where tasks name no tenant, p50', 'milliseconds', 'quiet-unnamed', 'p50Ms'),
  single('a limit of 100 in 100 ms: tasks/s', 'rate', 'rate-1000', 'perSecond'),
  single('a limit of 100 in 100 ms: most handlers that began in 100 ms', 'count', 'rate-1000', 'most'),
  single(`a limit of 100 in 100 ms: ${CPU_OF} CPU a task, process`, 'microseconds', 'rate-1000', 'cpuUs'),
  single('consumer group (c = 100), messages/s', 'rate', 'group', 'perSecond'),
  single(`${CPU_OF} CPU a message, consumer group`, 'microseconds', 'group', 'cpuUs'),
  single('consumer group ordered by 1,000 keys (c = 100), messages/s', 'rate', 'group-ordered', 'perSecond'),
  single(`${CPU_OF} CPU a message, ordered by key`, 'microseconds', 'group-ordered', 'cpuUs'),
  ...[10, 100].flatMap((callers) => [
    single(`POST of a task, ${callers} callers, tasks/s`, 'rate', `http-${callers}`, 'perSecond'),
    single(`POST of a task, ${callers} callers, p50`, 'milliseconds', `http-${callers}`, 'p50Ms'),
    single(`${CPU_OF} CPU a POST, ${callers} callers`, 'microseconds', `http-${callers}`, 'cpuUs'),
  ]),
  ...GROWTH_DEPTHS.flatMap((depth) => {
    const [scenario, waiting] = [`growth-${depth}`, `${depth.toLocaleString('en')} waiting`]
    return [
      single(`${waiting}: ${CPU_OF} CPU a task, enqueue`, 'microseconds', scenario, 'enqueueCpuUs'),
      single(`${waiting}: ${CPU_OF} CPU a task, claim`, 'microseconds', scenario, 'claimCpuUs'),
      single(`${waiting}: ${CPU_OF} CPU a task, settle`, 'microseconds', scenario, 'settleCpuUs'),
      single(`${waiting}: longest call`, 'milliseconds', scenario, 'stallMs'),
    ]
  }),
  ...PARTITIONS.flatMap((count) => {
    const [scenario, of] = [`partitions-${count}`, count === 1 ? '1 partition' : `${count} partitions`]
    return [
      single(`${of}: enqueue and process (c = 100), tasks/s`, 'rate', scenario, 'perSecond'),
      single(`${of}: ${CPU_OF} CPU a task, all masters`, 'microseconds', scenario, 'cpuUs'),
      single(`${of}: ${CPU_OF} CPU a task, busiest master`, 'microseconds', scenario, 'busiestCpuUs'),
      single(`${of}: share of the commands, busiest master`, 'count', scenario, 'busiestShare'),
    ]
  }),
  ...['1,000', '10,000', '100,000', '1,000,000'].flatMap((depth) => {
    const scenario = `depth-${depth.replaceAll(',', '')}`
    return [
      single(`process (c = 100) with ${depth} more waiting, tasks/s`, 'rate', scenario, 'perSecond'),
      single(`${CPU_OF} CPU a task with ${depth} more waiting`, 'microseconds', scenario, 'cpuUs'),
      single(`bytes a task with ${depth} more waiting`, 'bytes', scenario, 'bytes'),
    ]
  }),
]

function single(label: string, unit: Unit, scenario: string, measure: string): Row {
  return { label, unit, of: (scores, contender) => scores(scenario, contender, measure) }
}

/** Where BullMQ has nothing to compare with. */
function toBare(label: string, unit: Unit, scenario: string, measure: string): Row {
  return { ...single(`${label} (× bare)`, unit, scenario, measure), yardstick: 'bare' }
}

/** A task's whole way: enqueued by one of a thousand callers, handled at concurrency 100. */
function both(label: string, unit: Unit, measure: string): Row {
  return {
    label,
    unit,
    of(scores, contender) {
      const enqueue = scores('enqueue', contender, measure)
      const process = scores(AT, contender, measure)
      return enqueue === undefined || process === undefined ? undefined : enqueue + process
    },
  }
}
