import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { ScheduleDriver, ScheduleSet, StoredSchedule, Tick, TickReceipt } from '../ports/schedules.ts'
import { enqueueEventOf } from '../services/enqueue-event.ts'
import type { Services } from '../services/services.ts'
import { taskEvents } from '../services/task-events.ts'
import { laneName } from '../storage-calls/lane-name.ts'
import { lastCall } from '../storage-calls/last-call.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { onAbort } from '../waiting/on-abort.ts'
import { pause } from '../waiting/pause.ts'
import { bodyOf, keptSchedule } from './kept-schedule.ts'
import { optionsOf, prepareScheduled, scheduledTask } from './scheduled-task.ts'
import type { KeptSchedule, ScheduleBook, TickInBook, TickOutcome } from './schedule-book.ts'

export interface ScheduleBookParts<In> {
  readonly definition: QueueDefinition<In, any, any, any>
  readonly driver: QueueDriver & { readonly schedules?: ScheduleDriver | undefined }
  readonly services: Services
  readonly assertOpen: () => void
  readonly onUsed: () => void
}

export interface OpenScheduleBook<In> extends ScheduleBook<In> {
  /** The storage forgot the lane with the queue. */
  obliterated(): void
  end(endAt: number): Promise<void>
}

/** A tick with its tasks, as far as they fit into one step. */
interface Step {
  readonly index: number
  readonly tick: Tick
  readonly bytes: number
}

const NOTHING_DONE: TickOutcome = { state: 'stale' }
/** Others may write, and break, the same schedule meanwhile. */
const MOST_REPLACED = 10

/** Throws `unsupported` where the adapter keeps no schedules. */
export function createScheduleBook<In>(parts: ScheduleBookParts<In>): OpenScheduleBook<In> {
  const { definition, driver, services, assertOpen, onUsed } = parts
  const queue = definition.name
  const { schedules } = driver
  if (schedules === undefined) throw new MqError('unsupported', `this adapter keeps no schedules (queue ${queue})`)
  const { clock, operationTimeoutMs: timeoutMs, onError, headers, random } = services
  const repeat = <T>(call: () => Promise<T>): Promise<T> => {
    assertOpen()
    return repeatUntilKnown(services, call, { timeoutMs })
  }
  const lane = `${laneName()}.0`
  let seq = 0
  let isKnown = false
  /** A lane has one call under way. */
  let turn: Promise<unknown> = Promise.resolve()

  /** The storage's time less that of the clock, at its last answer. */
  let offsetMs: number | undefined
  const note = <T extends { readonly at: number }>(answer: T): T => {
    offsetMs = answer.at - clock.now()
    return answer
  }

  /** Those that cannot be read are passed over for good, so that they hold up no other. */
  const readAll = (stored: readonly StoredSchedule[]): { good: KeptSchedule[]; bad: StoredSchedule[] } => {
    const [good, bad]: [KeptSchedule[], StoredSchedule[]] = [[], []]
    for (const each of stored) {
      const kept = keptSchedule(each)
      if (kept === undefined) bad.push(each)
      else good.push(kept)
    }
    return { good, bad }
  }

  const send = (ticks: readonly Tick[]): Promise<readonly TickReceipt[]> => {
    const sent = turn.then(async () => {
      const batch = { lane, seq: ++seq, ticks, outcomes: definition.outcomes }
      isKnown = true
      onUsed()
      try {
        return await repeat(() => schedules.tick(batch))
      } finally {
        isKnown = true
      }
    })
    turn = sent.catch(() => undefined)
    return sent
  }

  const stepOf = ({ schedule, isExtra, instants, at, nextDueAt, spreadMs = 0 }: TickInBook, index: number): Step => {
    const { name, revision, dueAt, task } = schedule
    const size = 3 * (task.header.length + task.payload.length) + 1_000
    const fits = Math.max(1, Math.min(MAX_BATCH, Math.floor(MAX_BATCH_BYTES / size)))
    const some = instants.slice(0, fits)
    const rest = instants[fits]
    const tasks = some.map((instant) => {
      const spread = Math.floor(random() * (spreadMs + 1)) + Math.max(0, instant - (at ?? instant))
      return scheduledTask(task, { name, instant, spreadMs: spread }, { queue, headers, onError })
    })
    const turn = isExtra ? undefined : { dueAt, nextDueAt: rest ?? nextDueAt, lastAt: some.at(-1) }
    const tick = { name, revision, ...turn, tasks }
    return { index, tick, bytes: size * some.length }
  }

  const outcomeOf = (tick: Tick, receipt: TickReceipt): TickOutcome => {
    if (receipt.state === 'stale') return NOTHING_DONE
    const ids = receipt.tasks.map((n) => `n${n}`)
    if (taskEvents.enqueue.hasSubscribers) {
      ids.forEach((id, i) => taskEvents.enqueue.publish(enqueueEventOf(queue, id, false, tick.tasks[i]!.header)))
    }
    return { state: 'done', tasks: ids }
  }

  return {
    queue,

    prepare: async (name, payload, options = {}, spreadMs = 0) => {
      assertOpen()
      return prepareScheduled(definition, name, payload, options, spreadMs)
    },

    async read(name) {
      const { schedule: stored, ...reading } = note(await repeat(() => schedules.read(name)))
      if (stored === undefined) return reading
      const schedule = keptSchedule(stored)
      return schedule === undefined ? { ...reading, malformed: true } : { ...reading, schedule }
    },

    guessAt: () => (offsetMs === undefined ? undefined : Math.floor(clock.now() + offsetMs)),
    optionsOf,

    async page(query) {
      const page = note(await repeat(() => schedules.page(query)))
      const { good, bad } = readAll(page.schedules)
      return { ...page, schedules: good, malformed: [...page.malformed, ...bad.map(({ name }) => name)] }
    },

    async due(limit) {
      const due = note(await repeat(() => schedules.due(limit)))
      const { good, bad } = readAll(due.schedules)
      if (bad.length > 0) await send(bad.map(({ name, revision, dueAt }) => ({ name, revision, dueAt, tasks: [] })))
      return { ...due, schedules: good, malformed: [...due.malformed, ...bad.map(({ name }) => name)] }
    },

    async set(entry, before) {
      const { name, dueAt } = entry
      onUsed()
      const body = bodyOf(entry)
      const set = async (replaced: typeof before): Promise<ScheduleSet> =>
        note(await repeat(() => schedules.set({ name, dueAt, body, before: replaced })))
      for (let replaced = before, tries = 0; ; tries++) {
        const answer = await set(replaced)
        if (answer.state === 'set') return answer
        // A queue without partitions is sealed by nobody.
        if (answer.state === 'moved') throw new MqError('unavailable', `queue ${queue} is being divided anew`)
        const { state, at, schedule: stored } = answer
        const schedule = stored && keptSchedule(stored)
        if (stored === undefined || schedule !== undefined || tries === MOST_REPLACED) return { state, at, schedule }
        // What has the form of a schedule and cannot be read is replaced as if it were none.
        const { revision, dueAt: itsDueAt } = stored
        if (state === 'due') await send([{ name, revision, dueAt: itsDueAt, tasks: [] }])
        replaced = { revision, dueAt: state === 'due' ? undefined : itsDueAt }
      }
    },

    remove: (name) => repeat(() => schedules.remove(name)),

    async tick(ticks) {
      const outcomes: TickOutcome[] = ticks.map(() => NOTHING_DONE)
      for (let next = 0; next < ticks.length;) {
        const steps: Step[] = []
        let [count, bytes] = [0, 0]
        for (; next < ticks.length && steps.length < MAX_BATCH; next++) {
          const step = stepOf(ticks[next]!, next)
          count += step.tick.tasks.length
          bytes += step.bytes
          if (steps.length > 0 && (count > MAX_BATCH || bytes > MAX_BATCH_BYTES)) break
          steps.push(step)
        }
        const receipts = await send(steps.map(({ tick }) => tick))
        steps.forEach(({ index, tick }, i) => (outcomes[index] = outcomeOf(tick, receipts[i]!)))
      }
      return outcomes
    },

    async listen(listener) {
      assertOpen()
      return driver.listen(({ kind }) => {
        if (kind === 'scheduled' || kind === 'reconnected') listener()
      })
    },

    async pause(ms, signal) {
      const enough = new AbortController()
      const end = (): void => enough.abort()
      const withdraw = [services.closed, signal].map((each) => onAbort(each, end))
      await pause(clock, ms, services.closed.aborted || signal?.aborted ? AbortSignal.abort() : enough.signal)
      for (const each of withdraw) each()
    },

    report: (error) => onError(error),
    note: (facts, text) => services.logger.warn({ queue, ...facts }, text),

    obliterated() {
      isKnown = false
    },

    async end(endAt) {
      if (!isKnown) return
      await lastCall(() => driver.endLanes([{ lane, seq }]), {
        endAt,
        services,
        onFailure: 'the end of a scheduler could not be recorded',
      })
    },
  }
}
