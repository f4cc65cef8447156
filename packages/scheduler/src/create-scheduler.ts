import { MqError } from '@mq/core'
import type { Broker, KeptSchedule, KeptTask, Queue, ScheduleBook } from '@mq/core'
import { checkInteger, checkName, checkOptions, invalid } from './checks.ts'
import { change, contended, create, MOST_TRIES } from './change.ts'
import { cursorOf, entryOf, placeOf } from './entry.ts'
import { everTicks } from './cron.ts'
import { explainSchedule } from './explain-schedule.ts'
import { checkRule, differences, parseRule, RULE_OPTIONS } from './rule.ts'
import type { Rule, RuleOptions } from './rule.ts'
import type { QueueRef, ScheduleEntry, ScheduleOptions, Scheduler, SchedulerOptions, Upserted } from './scheduler.ts'
import { Ticker } from './ticker.ts'
import { nextTick } from './ticks.ts'

/**
 * How long nobody looks whether a hint was lost, ms: of processes that share a storage, and inside one, where none is
 * lost.
 */
const POLL_MS = 10_000
const POLL_ALONE_MS = 86_400_000

/**
 * Schedules on the queues of a broker, whose storage keeps them. Begins at once to tick those of `queues`. Throws an
 * MqError `unsupported` where the adapter keeps no schedules, and `invalid-options`.
 */
export function createScheduler(broker: Broker, options: SchedulerOptions = {}): Scheduler {
  const { queues = [], ticks = true } = checkOptions('createScheduler', options, ['queues', 'ticks'])
  if (typeof ticks !== 'boolean') throw invalid('ticks', 'ticks must be true or false', ticks)
  if (!Array.isArray(queues)) throw invalid('queues', 'queues must be an array', queues)
  const pollMs = broker.capabilities.crossProcess ? POLL_MS : POLL_ALONE_MS
  const tickers = new Map<string, Ticker>()
  let closing: Promise<void> | undefined

  const queueOf = (which: QueueRef): Queue<any, any, any, any> => {
    if (closing) throw new MqError('closed', 'this scheduler is closed')
    if (typeof which === 'object' && which !== null && 'enqueue' in which) return which
    return broker.queue(which as string)
  }
  const bookOf = (which: QueueRef): ScheduleBook<any> => queueOf(which).schedules
  const tick = (book: ScheduleBook<any>): void => {
    if (!ticks || closing) return
    const ticker = tickers.get(book.queue)
    if (ticker === undefined) tickers.set(book.queue, new Ticker(book, pollMs))
  }
  for (const queue of queues as readonly QueueRef[]) tick(bookOf(queue))

  const turn = async (which: QueueRef, name: string, paused: boolean): Promise<boolean> => {
    const book = bookOf(which)
    checkName(name)
    const made = await change(book, name, await book.read(name), (schedule) => {
      const rule = schedule && parseRule(schedule.rule)
      if (rule === undefined || rule.paused === paused) return undefined
      return { rule: { ...rule, paused }, task: schedule!.task }
    })
    return made !== undefined
  }

  return {
    async upsert<In>(which: QueueRef<In>, name: string, given: ScheduleOptions<In>): Promise<Upserted> {
      const book = bookOf(which)
      checkName(name)
      const { payload, options: ofTasks, ...ruleOptions } = checkOptions('upsert', given, OPTIONS)
      const rule = checkRule(ruleOptions as RuleOptions)
      // One that is over is none that never was: a deployment may still set it.
      if (rule.cron !== undefined && !everTicks(rule.cron, rule.timeZone!)) {
        throw invalid('cron', 'cron names no date that comes', rule.cron)
      }
      const task = await book.prepare(name, payload, ofTasks ?? {}, rule.jitterMs)
      let state: Upserted['state'] = 'unchanged'
      let differs: readonly string[] = []
      let nextAt: number | undefined
      const first = await create(book, name, { rule, task })
      if (first.made !== undefined) {
        state = 'created'
        nextAt = first.made.dueAt
      } else {
        const made = await change(book, name, first.reading, (schedule, at) => {
          const old = schedule && parseRule(schedule.rule)
          const now = { ...rule, paused: old?.paused ?? false }
          nextAt = schedule?.dueAt
          if (schedule !== undefined) {
            const found = differencesOf(old, now, schedule.task, task)
            const isSetAside = nextAt === undefined && !now.paused && nextTick(now, at) !== undefined
            if (found.length === 0 && !isSetAside) return undefined
            differs = found
          }
          state = schedule === undefined ? 'created' : 'changed'
          return { rule: now, task }
        })
        if (made !== undefined) nextAt = made.dueAt
      }
      if (differs.length > 0) book.note({ schedule: name, differs }, 'a schedule was changed')
      tick(book)
      return { state, differs, nextAt }
    },

    async read(which, name) {
      const book = bookOf(which)
      const { at, schedule, malformed } = await book.read(checkName(name))
      if (malformed) return { name, state: 'invalid' }
      return schedule && entryOf(book, schedule, at)
    },

    async explain(which, name) {
      const book = bookOf(which)
      const reading = await book.read(checkName(name))
      const { at, schedule, malformed, tickerSeenAgoMs } = reading
      const entry = malformed ? { name, state: 'invalid' as const } : schedule && entryOf(book, schedule, at)
      const next = schedule === undefined ? [] : ticksAhead(schedule, 5)
      const seen = tickerSeenAgoMs === undefined ? undefined : { tickerSeenAgoMs }
      return explainSchedule({ at, schedule: entry, next, ...seen }, broker.capabilities.crossProcess)
    },

    async list(which, page = {}) {
      const book = bookOf(which)
      const { after, limit = 100 } = checkOptions('list', page, ['after', 'limit'])
      if (after !== undefined && typeof after !== 'string') throw invalid('after', 'after must be a text', after)
      const query = { after: placeOf(after), limit: checkInteger('limit', limit, 1, 1_000) }
      const { at, schedules, malformed, next, tickerSeenAgoMs } = await book.page(query)
      const bad = malformed.map((name): ScheduleEntry => ({ name, state: 'invalid' }))
      const all = [...schedules.map((each) => entryOf(book, each, at)), ...bad]
      return {
        at,
        schedules: all,
        next: cursorOf(next),
        ...(tickerSeenAgoMs === undefined ? undefined : { tickerSeenAgoMs }),
      }
    },

    async next(which, name, count = 5) {
      const book = bookOf(which)
      checkInteger('count', count, 1, 100)
      const { schedule } = await book.read(checkName(name))
      if (schedule === undefined) throw unknown(book, name)
      return ticksAhead(schedule, count)
    },

    async runNow(which, name) {
      const queue = queueOf(which)
      const book = queue.schedules
      checkName(name)
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const { at, schedule } = await book.read(name)
        if (schedule === undefined) throw unknown(book, name)
        const [outcome] = await book.tick([{ schedule, isExtra: true, instants: [at] }])
        if (outcome?.state === 'done') return queue.task(outcome.tasks[0]!)
      }
      throw contended(book)
    },

    pause: (which, name) => turn(which, name, true),
    resume: (which, name) => turn(which, name, false),
    remove: async (which, name) => bookOf(which).remove(checkName(name)),

    close() {
      closing ??= Promise.all([...tickers.values()].map((ticker) => ticker.close())).then(() => undefined)
      return closing
    },

    async [Symbol.asyncDispose]() {
      await this.close()
    },
  }
}

const OPTIONS: readonly (keyof ScheduleOptions<unknown>)[] = [...RULE_OPTIONS, 'payload', 'options']

/** The next ticks, the one that is due first. */
function ticksAhead({ rule: text, dueAt }: KeptSchedule, count: number): number[] {
  const rule = parseRule(text)
  const found: number[] = []
  for (let at = dueAt; at !== undefined && rule !== undefined && found.length < count; at = nextTick(rule, at))
    found.push(at)
  return found
}

/** In the names of the options. */
function differencesOf(old: Rule | undefined, now: Rule, oldTask: KeptTask, task: KeptTask): string[] {
  const found = old === undefined ? ['cron'] : differences(old, now)
  if (oldTask.payload !== task.payload) found.push('payload')
  const { level, delayMs, header } = task
  if (oldTask.level !== level || oldTask.delayMs !== delayMs || oldTask.header !== header) found.push('options')
  return found
}

function unknown({ queue }: ScheduleBook<any>, name: string): MqError {
  return new MqError('unknown-schedule', `queue ${queue} has no such schedule`, { details: { queue, schedule: name } })
}
