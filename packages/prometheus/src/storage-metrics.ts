import type { GroupStats, QueueStats, WorkerEntry } from '@mq/core'
import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Reading, StorageReader } from './storage-reader.ts'

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]
type Up = Extract<Reading, { isUp: true }>

/** What is read from the storage at a scrape. */
interface StoredMetric {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly samples: (reading: Up) => readonly Sample[]
}

const ofQueues = (name: string, help: string, valueOf: (stats: QueueStats) => number): StoredMetric => ({
  name,
  help,
  labels: ['queue'],
  samples: ({ queues }) => queues.map(({ name: queue, stats }) => [{ queue }, valueOf(stats)]),
})

const ofGroups = (name: string, help: string, valueOf: (stats: GroupStats) => number): StoredMetric => ({
  name,
  help,
  labels: ['channel', 'group'],
  samples: ({ groups }) => groups.map(({ channel, group, stats }) => [{ channel, group }, valueOf(stats)]),
})

const OUTCOMES = ['completed', 'dead', 'expired', 'cancelled'] as const

const GAUGES: readonly StoredMetric[] = [
  ofQueues('mq_queue_waiting', 'Tasks that wait for a worker.', ({ waiting }) => waiting),
  ofQueues('mq_queue_delayed', 'Tasks that are due later: delays and retries.', ({ delayed }) => delayed),
  ofQueues(
    'mq_queue_blocked',
    'Of the delayed tasks, those that run after others, which have not all ended.',
    ({ blocked = 0 }) => blocked,
  ),
  ofQueues('mq_queue_chores', 'What workers have to do yet for tasks that follow others.', ({ chores = 0 }) => chores),
  ofQueues(
    'mq_queue_overdue',
    'Of the delayed tasks, those that are due, and wait for a worker.',
    ({ overdue }) => overdue,
  ),
  ofQueues('mq_queue_running', 'Tasks that workers hold.', ({ running }) => running),
  ofQueues('mq_queue_lapsed', 'Of the running tasks, those whose workers are gone.', ({ lapsed }) => lapsed),
  ofQueues('mq_queue_dead', 'Dead letters that are kept.', ({ dead }) => dead),
  ofQueues('mq_queue_paused', '1 while the queue is paused.', ({ paused }) => Number(paused)),
  ofQueues(
    'mq_queue_oldest_wait_seconds',
    'For how long the oldest waiting task has been there; 0 when none waits.',
    ({ oldestWaitMs = 0 }) => oldestWaitMs / 1_000,
  ),
  ofQueues('mq_schedules', 'Schedules of the queue.', ({ schedules }) => schedules?.count ?? 0),
  ofQueues('mq_schedules_due', 'Schedules whose ticks are due and not done.', ({ schedules }) => schedules?.due ?? 0),
  ofQueues(
    'mq_schedules_due_seconds',
    'For how long the earliest of these ticks has been due; 0 when none is.',
    ({ schedules }) => (schedules?.dueForMs ?? 0) / 1_000,
  ),
  ofGroups('mq_group_unread', 'Messages that the group was not given yet.', ({ unread }) => unread),
  ofGroups(
    'mq_group_blocked',
    'Of the unread messages of an ordered group, those behind another message of their key.',
    ({ blocked }) => blocked,
  ),
  ofGroups(
    'mq_group_overdue',
    'Messages whose pause before a retry is over, and that wait for a member.',
    ({ overdue }) => overdue,
  ),
  ofGroups(
    'mq_group_oldest_wait_seconds',
    'For how long the oldest message has been there that no member has; 0 when none waits.',
    ({ oldestWaitMs = 0 }) => oldestWaitMs / 1_000,
  ),
  ofGroups('mq_group_running', 'Messages that members of the group hold.', ({ running }) => running),
  ofGroups('mq_group_dead', 'Dead letters of the group that are kept.', ({ dead }) => dead),
  ofGroups('mq_group_paused', '1 while the group is paused.', ({ paused }) => Number(paused)),
  {
    name: 'mq_workers',
    help: 'Workers that are alive, by what they work on.',
    labels: ['queue', 'state'],
    samples: ({ queues, groups, workers }) => {
      // What nobody works on has a 0: an alert cannot see what is missing.
      const places = [...queues.map(({ name }) => name), ...groups.map(placeOf)]
      const none = places.map((place) => [place, { working: 0, paused: 0, quiet: 0 }] as const)
      const counts = new Map<string, Record<WorkerEntry['state'], number>>(none)
      for (const worker of workers) {
        if (!worker.alive) continue
        const queue = placeOf(worker)
        const count = counts.get(queue) ?? { working: 0, paused: 0, quiet: 0 }
        count[worker.state]++
        if (counts.has(queue) || counts.size < MOST_PLACES) counts.set(queue, count)
      }
      return [...counts].flatMap(([queue, count]) =>
        Object.entries(count).map(([state, value]): Sample => [{ queue, state }, value]),
      )
    },
  },
  { name: 'mq_queues', help: 'Queues that have metrics.', labels: [], samples: ({ queues }) => [[{}, queues.length]] },
  {
    name: 'mq_queues_left_out',
    help: 'Queues that have no metrics: there are too many, or another version of mq or another program wrote them.',
    labels: [],
    samples: ({ leftOut }) => [[{}, leftOut]],
  },
]

const COUNTERS: readonly StoredMetric[] = [
  ofQueues('mq_tasks_enqueued_total', 'Tasks that were accepted.', ({ totals }) => totals.enqueued),
  {
    name: 'mq_tasks_total',
    help: 'Tasks that ended, by how.',
    labels: ['queue', 'outcome'],
    samples: ({ queues }) =>
      queues.flatMap(({ name: queue, stats: { totals } }) =>
        OUTCOMES.map((outcome): Sample => [{ queue, outcome }, totals[outcome]]),
      ),
  },
  ofQueues('mq_task_failures_total', 'Failures of handlers that were charged.', ({ totals }) => totals.failed),
  ofQueues('mq_task_retries_total', 'Retries, charged or not.', ({ totals }) => totals.retried),
  ofQueues('mq_tasks_displaced_total', 'Tasks that a full queue gave up for newer ones.', ({ displaced }) => displaced),
  ofQueues('mq_dead_letters_dropped_total', 'Dead letters dropped for a bound.', ({ deadDropped }) => deadDropped),
  ofQueues('mq_foreign_entries_total', 'Entries that another program wrote, dropped.', ({ foreign }) => foreign),
  ofGroups('mq_group_lost_total', 'Messages dropped before the group was given them.', ({ lost }) => lost),
]

/** Queues and groups for which workers are shown; all that a storage may list would be too many series. */
const MOST_PLACES = 1_000

/** Registers what is read from the storage at a scrape; returns the names. */
export function storageMetrics(register: Registry, reader: StorageReader): readonly string[] {
  const registers = [register]
  const up = 'mq_storage_up'
  new Gauge({
    name: up,
    help: '1 when the storage answered this scrape. Its other metrics are missing when it did not.',
    registers,
    async collect() {
      this.set(Number((await reader.read()).isUp))
    },
  })
  const options = ({ name, help, labels, samples }: StoredMetric) => ({
    name,
    help,
    labelNames: [...labels],
    registers,
    async collect(this: Gauge | Counter) {
      const reading = await reader.read()
      this.reset()
      // Without labels, a metric that was reset is 0, and not missing.
      if (!reading.isUp) return labels.length === 0 ? this.remove() : undefined
      for (const [of, value] of samples(reading)) this.inc(of, value)
    },
  })
  for (const metric of GAUGES) new Gauge(options(metric))
  for (const metric of COUNTERS) new Counter(options(metric))
  return [up, ...[...GAUGES, ...COUNTERS].map(({ name }) => name)]
}

/** As events call it: a queue, or `channel/group`. */
function placeOf({ queue, channel, group }: Pick<WorkerEntry, 'queue' | 'channel' | 'group'>): string {
  return queue ?? `${channel ?? ''}/${group ?? ''}`
}
