import { CONTENDERS, IN_MEMORY, SHARING, SYSTEMS, WEB } from './contenders/all.ts'
import type { Contender } from './contenders/contender.ts'
import {
  GROWTH_SCENARIOS,
  LIBRARY_SCENARIOS,
  MEMORY_SCENARIOS,
  PARTITION_SCENARIOS,
  SHARING_SCENARIOS,
  SYSTEM_SCENARIOS,
  WEB_SCENARIOS,
  WIDE_SCENARIOS,
} from './scenarios/all.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Durability } from './servers/server.ts'

/** Contenders and scenarios that make one table, or one for each class of durability. */
export interface Suite {
  readonly name: string
  /** The table's heading. */
  readonly title: string
  readonly contenders: readonly Contender[]
  readonly classes: readonly Durability[]
  scenarios(durability: Durability): readonly Scenario[]
  /** Where none are asked for. */
  readonly rounds: number
  /** Ratios are to this contender. */
  readonly yardstick: string
  /** Whose processor time its rows speak of. */
  readonly cpuOf: string
  /** What else has to be known of it: lines of Markdown. */
  readonly notes?: readonly string[] | undefined
}

export const SUITES: readonly Suite[] = [
  {
    name: 'libraries',
    title: 'Libraries on Redis',
    contenders: CONTENDERS,
    classes: ['none'],
    scenarios: () => LIBRARY_SCENARIOS,
    rounds: 3,
    yardstick: 'bullmq',
    cpuOf: 'Redis',
    notes: [
      'Where an idle task spends its time (marks in the program and `SLOWLOG`, 5 ms between tasks, medians of three runs of 1,000,',
      '2026-12-01, load 1): 0.15 ms from `enqueue` to the socket, 0.10 in the script that stores, leases and publishes it, 0.08 from',
      'the socket to the handler, the rest on the way to Redis and back. With no pause between tasks the same steps take 0.03 ms',
      'before and 0.01 behind: what runs after a rest finds its code and data in no cache of the processor, as a task in memory shows,',
      'which sends nothing and takes 0.13–0.21 ms. A BLPOP has little of either. So 1.4 times a bare BLPOP cannot be had with a script',
      'that checks, leases and says so in one step, nor with a program that checks what it is given.',
      '',
      'At a concurrency of 100 the program is the limit, not Redis: a worker handles about as many tasks a second at any concurrency,',
      'and BullMQ more of them the higher it is, so the ratio falls. Of the processor time of the worker at 100 (two CPU profiles,',
      '2026-12-01, beside other work) 21–27 % is collecting garbage, 17–18 % sockets, 7–15 % parsing JSON, 5–7 % ioredis, 8–10 % the',
      'adapter and 16–21 % core. Were these two free, the ratio of 7 were 10.',
      '',
      'The bytes of a task that waits depend on how full Redis’ table is: with 100,000 tasks of 140 bytes it is 244.7, of 130 bytes 244.6, of',
      '150 bytes 276.5, since its memory is given in steps.',
    ],
  },
  {
    name: 'systems',
    title: 'Other systems',
    contenders: SYSTEMS,
    classes: ['none', '1s', 'fsync'],
    // What hardly depends on the disk is measured once.
    scenarios: (durability) => (durability === 'none' ? [...SYSTEM_SCENARIOS, ...WIDE_SCENARIOS] : SYSTEM_SCENARIOS),
    rounds: 1,
    yardstick: 'mq',
    cpuOf: 'server',
  },
  {
    name: 'memory',
    title: 'In the memory of one process',
    contenders: IN_MEMORY,
    classes: ['none'],
    scenarios: () => MEMORY_SCENARIOS,
    rounds: 3,
    yardstick: 'mq-memory',
    cpuOf: 'process',
  },
  {
    name: 'sharing',
    title: 'A queue that tenants share',
    contenders: SHARING,
    classes: ['none'],
    scenarios: () => SHARING_SCENARIOS,
    rounds: 3,
    yardstick: 'mq',
    cpuOf: 'Redis',
    notes: [
      'A quiet tenant adds a task every 25 ms beside a loud one with 20,000 tasks of a millisecond; ten handlers at once. BullMQ tells',
      'tenants apart in its paid edition alone; groupmq never runs two tasks of a group at once, mq does unless it shall not.',
    ],
  },
  {
    name: 'web',
    title: 'A task posted over HTTP',
    contenders: WEB,
    classes: ['none'],
    scenarios: () => WEB_SCENARIOS,
    rounds: 5,
    yardstick: 'mq-web',
    cpuOf: 'web process',
    notes: [
      'What `apps/web` adds, by `perf` (samples of processor time, 100 callers, 2026-11-29, beside other work), µs a POST: the same',
      'route without a queue 23.5, `apps/web` 39.3. Of the 15.8 between them ioredis takes 2.3, core 1.7 and the adapter 0.6; the',
      'checks and headers of `apps/web` 2.0 in its own code and 3.5 in Fastify and Node that write 11 headers more and run 7 hooks;',
      'reading from Redis, and the turns of the event loop for it, 4.1; collecting garbage 1.2; the rest is spread over a hundred',
      'functions. So 0.85 of the rate without a queue cannot be had by one process: adding the task, with nothing of `apps/web` around',
      'it, leaves about 0.7. At 10 callers a way to Redis and back is what a POST waits for. An id that a client can ask for, whatever',
      'became of its request, makes Redis’ part of a task 2.5 times that of a task without one; RPUSH stores no id.',
      '',
      'At 10 callers writing to sockets is 55 % of the processor time of `apps/web`, and 61 % of that with one RPUSH (CPU profiles,',
      '2026-12-01): answers and calls come one by one. Of the rest, Fastify takes 2.8 times, zod 2 times and ioredis 1.7 times what they',
      'take there; core and the adapter together take as much as zod and ioredis. More or fewer calls under way at once (one, two, four)',
      'made no difference.',
    ],
  },
  {
    name: 'partitions',
    title: 'One queue on three masters',
    contenders: CONTENDERS.slice(0, 1),
    classes: ['none'],
    scenarios: () => PARTITION_SCENARIOS,
    rounds: 1,
    yardstick: 'mq',
    cpuOf: 'Redis',
    notes: [
      'Producers, the worker and the three masters of a cluster share the cores of the machine, so the tasks a second show what partitions',
      'cost a process, and the processor time of the busiest master how far they go.',
    ],
  },
  {
    name: 'growth',
    title: 'Cost as it grows',
    contenders: CONTENDERS.slice(0, 1),
    classes: ['none'],
    scenarios: () => GROWTH_SCENARIOS,
    rounds: 1,
    yardstick: 'mq',
    cpuOf: 'Redis',
    notes: [
      'What 10,000,000 cost more than 1,000 is Redis’ table itself, which fits into no cache then: a bare hash of as many fields of that',
      'size takes 4.8 times as long for a field by HSET, 4.6 by HMGET, 4.7 by HDEL (1.18 → 5.61, 0.83 → 3.79, 0.46 → 2.17 µs, processor',
      'time of the server, 20 calls of 1,000 fields, medians of five, 2026-12-01, beside other work); up to 1,000,000 it is 1.3, 0.9 and',
      '1.2 times.',
    ],
  },
]

export const DEFAULT_SUITE: Suite = SUITES[0]!

/** For the chart: what a crash of the machine loses. */
export const CLASS_LOSSES: Readonly<Record<Durability, string>> = {
  none: 'everything',
  '1s': 'about a second',
  fsync: 'nothing',
}

export const CLASS_TITLES: Readonly<Record<Durability, string>> = {
  none: 'nothing survives a crash',
  '1s': 'about a second is lost in a crash',
  fsync: 'each commit waits for the disk',
}
