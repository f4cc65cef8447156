import { call, path } from './call.ts'
import type { ChannelEntry, GroupLetter, GroupPage, GroupStats, GroupWhy, Position } from './channel-contract.ts'
import type {
  Change,
  DeadReport,
  History,
  ListedState,
  QueueSummary,
  Session,
  StorageReport,
  TaskPage,
  TaskView,
  WorkerEntry,
} from './contract.ts'
import type { FlowGraph } from './flow-contract.ts'
import type { Overview } from './overview-contract.ts'

import type { KeyEntry, KeyOrder, LimitsInForce, LimitsPatch, RankedKeys } from './sharing-contract.ts'
import type { AllSchedules, ScheduleDetail, SchedulePage, ScheduleRule } from './schedule-contract.ts'

type Signal = AbortSignal | undefined
export type Outcome = {
  readonly outcome: string
  /** Of those that run after a task whose tree was cancelled. */
  readonly others?: { readonly cancelled: number; readonly tooLate: number }
}
export type DeadSelection =
  | 'all'
  | { readonly ids: readonly string[] }
  | { readonly reason?: string; readonly error?: string }

const post = <Answer>(to: string, body: unknown = {}): Promise<Answer> => call<Answer>(to, { method: 'POST', body })

const queueAt = (queue: string, ...rest: readonly string[]): string => path('queues', queue, ...rest)
const groupAt = (channel: string, group: string, ...rest: readonly string[]): string =>
  path('channels', channel, 'groups', group, ...rest)

/** Every call that the page makes, by the name of its operation. */
export const api = {
  getSession: (signal?: Signal) => call<Session>('session', { signal }),
  signIn: (token: string) => post<unknown>('session', { token }),
  signOut: () => call<unknown>('session', { method: 'DELETE' }),
  listChanges: (signal?: Signal) => call<{ entries: readonly Change[] }>('audit', { query: { limit: 500 }, signal }),

  getOverview: (signal?: Signal) => call<Overview>('overview', { signal }),
  listQueues: (after: string | undefined, signal?: Signal) =>
    call<{ queues: readonly QueueSummary[]; next?: string }>('queues', { query: { after, limit: 200 }, signal }),
  getQueue: (queue: string, signal?: Signal) => call<QueueSummary>(queueAt(queue), { signal }),
  pauseQueue: (queue: string) => post<unknown>(queueAt(queue, 'pause')),
  resumeQueue: (queue: string) => post<unknown>(queueAt(queue, 'resume')),
  purgeQueue: (queue: string, state: 'waiting' | 'delayed', confirm: string) =>
    post<{ changed: number }>(queueAt(queue, 'purge'), { state, confirm }),
  getHistory: (queue: string, resolution: History['resolution'], from: number, to: number, signal?: Signal) =>
    call<History>(queueAt(queue, 'history'), { query: { resolution, from, to }, signal }),

  getLimits: (queue: string, signal?: Signal) => call<LimitsInForce>(queueAt(queue, 'limits'), { signal }),
  setLimits: (queue: string, patch: LimitsPatch) => post<LimitsInForce>(queueAt(queue, 'limits'), patch),
  resetLimits: (queue: string) => post<LimitsInForce>(`${queueAt(queue, 'limits')}/reset`),
  rankKeys: (queue: string, sort: KeyOrder, signal?: Signal) =>
    call<RankedKeys>(queueAt(queue, 'keys'), { query: { sort, limit: 100 }, signal }),
  getKey: (queue: string, key: string, signal?: Signal) => call<KeyEntry>(queueAt(queue, 'keys', key), { signal }),
  /** Those that wait, with their payloads, the next to be claimed first. */
  listTasksOfKey: (queue: string, key: string, after: string | undefined, signal?: Signal) =>
    call<TaskPage>(queueAt(queue, 'tasks'), {
      query: { state: 'waiting', key, after, limit: 100, payloads: true },
      signal,
    }),

  listAllSchedules: (signal?: Signal) => call<AllSchedules>('schedules', { signal }),
  listSchedules: (queue: string, after: string | undefined, signal?: Signal) =>
    call<SchedulePage>(queueAt(queue, 'schedules'), { query: { after, limit: 50 }, signal }),
  getSchedule: (queue: string, name: string, signal?: Signal) =>
    call<ScheduleDetail>(queueAt(queue, 'schedules', name), { signal }),
  setSchedule: (queue: string, name: string, body: ScheduleRule) =>
    call<{ state: 'created' | 'changed' | 'unchanged' }>(queueAt(queue, 'schedules', name), { method: 'PUT', body }),
  removeSchedule: (queue: string, name: string, confirm: string) =>
    call<unknown>(queueAt(queue, 'schedules', name), { method: 'DELETE', query: { confirm } }),
  pauseSchedule: (queue: string, name: string) => post<unknown>(queueAt(queue, 'schedules', name, 'pause')),
  resumeSchedule: (queue: string, name: string) => post<unknown>(queueAt(queue, 'schedules', name, 'resume')),
  runSchedule: (queue: string, name: string) => post<{ id: string }>(queueAt(queue, 'schedules', name, 'run')),

  listTasks: (queue: string, state: ListedState, after: string | undefined, signal?: Signal) =>
    call<TaskPage>(queueAt(queue, 'tasks'), { query: { state, after, limit: 100, payloads: true }, signal }),
  searchTasks: (queue: string, text: string, state: ListedState, after: string | undefined, signal?: Signal) =>
    call<TaskPage>(`${queueAt(queue, 'tasks')}/search`, { query: { text, state, after, limit: 100 }, signal }),
  enqueueTask: (queue: string, task: Readonly<Record<string, unknown>>, key: string) =>
    call<{ id: string }>(queueAt(queue, 'tasks'), { method: 'POST', body: task, headers: { 'idempotency-key': key } }),
  getTask: (queue: string, id: string, signal?: Signal) => call<TaskView>(queueAt(queue, 'tasks', id), { signal }),
  getGraph: (queue: string, id: string, limit: number, signal?: Signal) =>
    call<FlowGraph>(queueAt(queue, 'tasks', id, 'graph'), { query: { limit }, signal }),
  /** `tree`: with all that run after it. */
  cancelTask: (queue: string, id: string, body: { readonly reason?: string; readonly tree?: boolean }) =>
    post<Outcome>(queueAt(queue, 'tasks', id, 'cancel'), body),
  promoteTask: (queue: string, id: string) => post<Outcome>(queueAt(queue, 'tasks', id, 'promote')),
  rescheduleTask: (queue: string, id: string, delayMs: number) =>
    post<Outcome>(queueAt(queue, 'tasks', id, 'reschedule'), { delayMs }),
  prioritizeTask: (queue: string, id: string, priority: number) =>
    post<Outcome>(queueAt(queue, 'tasks', id, 'priority'), { priority }),
  updateTask: (queue: string, id: string, payload: unknown) =>
    post<Outcome>(queueAt(queue, 'tasks', id, 'payload'), { payload }),
  changeTasks: (queue: string, action: 'cancel' | 'promote', ids: readonly string[]) =>
    post<{ changed: number; tooLate: readonly string[] }>(`${queueAt(queue, 'tasks')}/bulk`, { action, ids }),
  redriveDead: (queue: string, body: RedriveBody) => post<DeadReport>(queueAt(queue, 'dead', 'redrive'), body),
  discardDead: (queue: string, body: DiscardBody) => post<DeadReport>(queueAt(queue, 'dead', 'discard'), body),

  listChannels: (after: string | undefined, signal?: Signal) =>
    call<{ channels: readonly ChannelEntry[]; next?: string }>('channels', { query: { after, limit: 200 }, signal }),
  publishMessage: (channel: string, message: unknown) =>
    post<unknown>(path('channels', channel, 'messages'), { message }),
  listGroups: (channel: string, after: string | undefined, signal?: Signal) =>
    call<GroupPage>(path('channels', channel, 'groups'), { query: { after, limit: 200 }, signal }),
  getGroup: (channel: string, group: string, signal?: Signal) => call<GroupStats>(groupAt(channel, group), { signal }),
  /** Why it delivers a message, or nothing. */
  explainGroup: (channel: string, group: string, of: Position | undefined, signal?: Signal) =>
    call<GroupWhy>(groupAt(channel, group, 'why'), { query: { epoch: of?.epoch, n: of?.n }, signal }),
  pauseGroup: (channel: string, group: string) => post<unknown>(groupAt(channel, group, 'pause')),
  resumeGroup: (channel: string, group: string) => post<unknown>(groupAt(channel, group, 'resume')),
  seekGroup: (channel: string, group: string, to: unknown) => post<unknown>(groupAt(channel, group, 'seek'), { to }),
  removeGroup: (channel: string, group: string, confirm: string) =>
    call<unknown>(groupAt(channel, group), { method: 'DELETE', query: { confirm } }),
  listGroupDead: (channel: string, group: string, after: string | undefined, signal?: Signal) =>
    call<{ letters: readonly GroupLetter[]; next?: string }>(groupAt(channel, group, 'dead'), {
      query: { after, limit: 100 },
      signal,
    }),
  redriveGroupDead: (channel: string, group: string, body: RedriveBody) =>
    post<DeadReport>(groupAt(channel, group, 'dead', 'redrive'), body),
  discardGroupDead: (channel: string, group: string, body: DiscardBody) =>
    post<DeadReport>(groupAt(channel, group, 'dead', 'discard'), body),

  listWorkers: (signal?: Signal) => call<{ workers: readonly WorkerEntry[] }>('workers', { signal }),
  quietWorker: (id: string) => post<Outcome>(path('workers', id, 'quiet')),
  resumeWorker: (id: string) => post<Outcome>(path('workers', id, 'resume')),
  stopWorker: (id: string) => post<Outcome>(path('workers', id, 'stop')),
  getStorage: (signal?: Signal) => call<StorageReport>('storage', { signal }),
}

export interface DiscardBody {
  readonly which: DeadSelection
  readonly dryRun?: boolean
  readonly confirm?: string
}

export interface RedriveBody extends DiscardBody {
  readonly perSecond?: number
  readonly payload?: unknown
}
