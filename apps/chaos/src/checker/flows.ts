import type { EndState, FlowEnd, FlowState } from '../end-state/end-state.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { FlowParents, FlowPlanned } from '../history/flow-event.ts'
import { idOfFlowTask } from '../programs/flow-payload.ts'
import type { Account, TaskAccount } from './account.ts'
import { remember, takeAccount } from './account.ts'
import { checkTasks } from './check-tasks.ts'
import type { TaskFindings } from './check-tasks.ts'
import type { Circumstances } from './circumstances.ts'
import type { Expectations } from './expectations.ts'
import type { Violation } from './violation.ts'

const FAILED = 'parent-failed'

/** A task of a flow: what is planned of it, and what became of it. */
interface FlowTask extends FlowPlanned {
  readonly told: readonly FlowParents[]
  readonly own: TaskAccount | undefined
  readonly account: Account
  /** It has no result then. */
  readonly isFollowed: boolean
  /** Of each life. */
  readonly ends: readonly FlowEnd[]
}

/** Of each queue of flows what is promised of any queue, and of all together what is promised of flows. */
export function checkFlows(
  events: readonly HistoryEvent[],
  states: readonly FlowState[],
  circumstances: Circumstances,
  expected: Expectations,
): TaskFindings[] {
  const byQueue = new Map<string, HistoryEvent[]>()
  for (const event of events) remember(byQueue, event.queue ?? '', () => []).push(event)
  const accounts = new Map([...byQueue].map(([queue, own]) => [queue, takeAccount(own, circumstances)]))
  const tasks = new Map<number, FlowTask>()
  const endsOf = new Map(states.map(({ queue, ends }) => [queue, grouped(ends, ({ n }) => n)]))
  const toldOf = grouped(
    events.filter((event) => event.ev === 'flow.parents'),
    ({ task }) => task,
  )
  const followed = new Set(
    events.flatMap((event) => (event.ev === 'flow.plan' && event.by === 'next' ? [event.of!] : [])),
  )
  for (const plan of events) {
    if (plan.ev !== 'flow.plan') continue
    const account = accounts.get(plan.queue ?? '')!
    const own = account.tasks.get(plan.task)
    const ends = [...(own?.ns.keys() ?? [])].flatMap((n) => endsOf.get(plan.queue!)?.get(n) ?? [])
    const told = toldOf.get(plan.task) ?? []
    tasks.set(plan.task, { ...plan, told, own, account, ends, isFollowed: followed.has(plan.task) })
  }
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I17', what })
  for (const task of tasks.values()) judge(task, tasks, say)
  for (const { queue, ends, tasks: left, blocked, chores } of states) {
    const known = new Set([...(accounts.get(queue)?.tasks.values() ?? [])].flatMap(({ ns }) => [...ns.keys()]))
    for (const { n } of ends) if (!known.has(n)) say(`${n} of ${queue} ended, and is no task of any flow`)
    for (const { n, place } of left) say(`${n} of ${queue} is left ${blocked.includes(n) ? 'blocked' : place}`)
    for (const name of chores) say(`chore ${name} of ${queue} was never done`)
  }
  const findings = states.map((state) => {
    const account = accounts.get(state.queue) ?? takeAccount([], circumstances)
    return checkTasks(account, withOutcomes(state), { ...expected, flows: true, buried: buriedIn(state.queue, tasks) })
  })
  const [first, ...others] = findings
  return first ? [{ ...first, violations: [...violations, ...first.violations] }, ...others] : []
}

/** I17: what is promised of one task. */
function judge(task: FlowTask, tasks: ReadonlyMap<number, FlowTask>, say: (what: string) => void): void {
  const name = `task ${task.task} of ${task.queue}`
  const [end] = task.ends
  const origin = task.of === undefined ? undefined : tasks.get(task.of)!
  if (task.ends.length > 1) say(`${name} ended ${task.ends.length} times`)
  if (origin) judgeOrigin(task, origin, name, say)
  if (end === undefined) {
    const isThere = task.own?.okAt !== undefined || origin?.ends[0]?.state === 'completed'
    if (isThere) say(`${name} never ended`)
    return
  }
  const parents = task.after.map((parent) => tasks.get(parent)!)
  const ends = parents.flatMap((parent) => parent.ends.slice(0, 1))
  if (parents.length === 0) return
  if (ends.length < parents.length) {
    const open = parents.find((parent) => parent.ends.length === 0)!
    // One of several that did not complete is enough for a child that does not run all the same.
    const isSunk = end.reason === FAILED && ends.some(({ state }) => state !== 'completed')
    if (!isSunk) say(`${name} ended, and task ${open.task}, which it runs after, did not`)
    return
  }
  const failed = ends.filter(({ state }) => state !== 'completed')
  if (failed.length > 0 && task.onDead !== 'run') judgeSunk(task, failed, end, name, say)
  else judgeRun(task, parents, ends, end, name, say)
}

/** A parent did not complete: the child ends with it, and never began. */
function judgeSunk(
  task: FlowTask,
  failed: readonly FlowEnd[],
  end: FlowEnd,
  name: string,
  say: (what: string) => void,
): void {
  const due = task.onDead === 'bury' ? 'dead' : 'cancelled'
  if (end.state !== due || end.reason !== FAILED) {
    say(`${name} was to be ${due} with its parent, and is ${end.state} (${end.reason})`)
  }
  if ((task.own?.starts.length ?? 0) > 0) say(`${name} began, though a parent did not complete`)
  if (end.at < Math.min(...failed.map(({ at }) => at))) say(`${name} ended before any parent failed`)
}

/** All its parents ended: it ran after the last of them, and was told how each ended. */
function judgeRun(
  task: FlowTask,
  parents: readonly FlowTask[],
  ends: readonly FlowEnd[],
  end: FlowEnd,
  name: string,
  say: (what: string) => void,
): void {
  if (end.reason === FAILED) say(`${name} ended with a parent, and each of them lets it run`)
  else if ((task.own?.starts.length ?? 0) === 0) say(`${name} ended, and never began`)
  const from = Math.max(...ends.map(({ at }) => at)) + (task.delayMs ?? 0)
  const claims = [...(task.own?.ns.keys() ?? [])].flatMap((n) => task.account.numbers.get(n)?.claims ?? [])
  for (const { givenAt = from, proc } of claims) {
    if (givenAt < from) say(`${name} was given to ${proc} ${from - givenAt} ms before its parents had ended`)
  }
  const due = parents.map(({ queue, task: parent, isFollowed }, i) => {
    return shown({ queue, id: idOfFlowTask(parent), state: ends[i]!.state, result: isFollowed ? undefined : parent })
  })
  for (const { parents: given } of task.told) {
    const said = given.map(shown)
    const wrong = due.findIndex((what, i) => what !== said[i])
    if (said.length !== due.length) say(`${name} was told of ${said.length} parents of ${due.length}`)
    else if (wrong >= 0) say(`${name} was told ${said[wrong]}, and it is ${due[wrong]}`)
  }
}

function shown({ queue, id, state, result }: FlowParents['parents'][number]): string {
  return `${id} of ${queue} ${state}${state === 'completed' && result !== undefined ? ` with ${JSON.stringify(result)}` : ''}`
}

/** What a handler enqueues is one task; what it returns as the next one follows if and only if its own is completed. */
function judgeOrigin(task: FlowTask, origin: FlowTask, name: string, say: (what: string) => void): void {
  const ns = task.own?.ns.size ?? 0
  if (ns > 1) say(`${name} became ${ns} tasks`)
  if (task.by !== 'next') return
  const [end] = origin.ends
  if (ns > 0 && end?.state !== 'completed') say(`${name} follows task ${origin.task}, which is ${end?.state ?? 'open'}`)
  for (const n of task.own?.ns.keys() ?? []) {
    for (const { givenAt, proc } of task.account.numbers.get(n)?.claims ?? []) {
      if (end && givenAt !== undefined && givenAt < end.at) say(`${name} was given to ${proc} before it followed`)
    }
  }
}

/** Those that end with a parent. */
function buriedIn(queue: string, tasks: ReadonlyMap<number, FlowTask>): Map<number, string> {
  const buried = new Map<number, string>()
  for (const task of tasks.values()) {
    const isSunk = task.after.some((parent) => tasks.get(parent)!.ends.some(({ state }) => state !== 'completed'))
    if (task.queue === queue && task.onDead === 'bury' && isSunk && task.own?.okAt !== undefined) {
      buried.set(task.task, FAILED)
    }
  }
  return buried
}

function grouped<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) remember(groups, keyOf(value), () => []).push(value)
  return groups
}

function withOutcomes(state: FlowState): EndState {
  return { ...state, outcomes: state.ends }
}
