import { Redis } from 'ioredis'
import { auditChannel } from './audit-channel.ts'
import { groupStatesOf } from './group-state.ts'
import { typeInChannel, typeInQueue } from './documented-keys.ts'
import type { EndState, FlowState } from './end-state.ts'
import { flowStateOf } from './flow-state.ts'
import { endStateOf } from './queue-state.ts'
import { partitionedStateOf } from './partition-states.ts'
import { keysLike, readRawKeys } from './raw-keys.ts'
import { auditSchedules, scheduleStatesOf } from './schedule-state.ts'
import { auditQueue } from './audit-queue.ts'

/** What docs/redis-layout.md says of what is awaited at replicas, and of the registry. */
const MARK = /^mq:\{\d+\}:replicated$/
const REGISTRY = ['names', 'seen', 'workers'].map((part) => `mq:{:registry}:${part}`)

/** What have the server for themselves: names. */
export interface Names {
  readonly queue: string
  /** With history. */
  readonly channel: string
  /** A queue with schedules. */
  readonly scheduled: string
  /** Queues with flows. */
  readonly flows: readonly string[]
}

/** `urls`: of a server, or of all nodes of a cluster: its masters have everything. */
export async function readEndState(urls: readonly string[], names: Names): Promise<EndState> {
  const nodes = urls.map((url) => new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 2, protocol: 2 }))
  try {
    const roles = await Promise.all(
      nodes.map(async (node) => {
        await node.connect()
        return ((await node.role()) as unknown[])[0]
      }),
    )
    return await readMasters(
      nodes.filter((_, i) => roles[i] === 'master'),
      names,
    )
  } finally {
    for (const node of nodes) node.disconnect()
  }
}

async function readMasters(masters: readonly Redis[], { queue, channel, scheduled, flows }: Names): Promise<EndState> {
  const prefixes = [`mq:{${queue}}:`, `mq:{${channel}}:`, `mq:{${scheduled}}:`] as const
  const own = [...prefixes, ...flows.map((name) => `mq:{${name}}:`), ...REGISTRY]
  const keys = await keysOf(masters)
  const partitioned = await partitionedStateOf(masters, queue, keys)
  if (partitioned !== undefined) own.push(`mq:{${queue}~`)
  const strangers = keys.filter((key) => !MARK.test(key) && !own.some((prefix) => key.startsWith(prefix)))
  const state = partitioned ?? endStateOf(await readRawKeys(masters, prefixes[0], typeInQueue))
  const raw = await readRawKeys(masters, prefixes[1], typeInChannel)
  const ticked = await readRawKeys(masters, prefixes[2], typeInQueue)
  const flowing: FlowState[] = []
  for (const name of flows) flowing.push(flowStateOf(name, await readRawKeys(masters, `mq:{${name}}:`, typeInQueue)))
  return {
    ...state,
    schedules: scheduleStatesOf(ticked),
    groups: groupStatesOf(raw),
    flows: flowing,
    defects: [
      ...strangers.map((key) => `the key ${key} is not documented`),
      ...state.defects,
      ...[...raw.defects, ...auditChannel(raw)].map((what) => `channel: ${what}`),
      ...flowing.flatMap(({ queue, defects }) => defects.map((what) => `${queue}: ${what}`)),
      ...[...ticked.defects, ...auditQueue(ticked), ...auditSchedules(ticked)].map((what) => `schedules: ${what}`),
    ],
    sizes: {
      ...state.sizes,
      ...Object.fromEntries(Object.entries(raw.sizes).map(([part, size]) => [`channel ${part}`, size])),
    },
  }
}

async function keysOf(masters: readonly Redis[]): Promise<string[]> {
  return (await Promise.all(masters.map((master) => keysLike(master, '*')))).flat()
}
