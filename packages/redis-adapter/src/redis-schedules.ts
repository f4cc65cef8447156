import type {
  DueSchedules,
  NewSchedule,
  ScheduleDriver,
  ScheduleReading,
  ScheduleSet,
  SchedulesPage,
  SchedulesQuery,
  TickBatch,
  TickReceipt,
} from '@mq/core/adapter'
import { checkDueLimit, checkNewSchedule, checkScheduleName, checkSchedulesQuery, checkTicks } from '@mq/core/adapter'
import { queueTopic } from './keys.ts'
import type { Participant, ScriptArguments } from './participant.ts'
import { MOST_READ_BYTES } from './read-limit.ts'
import { recallWhenFull } from './recall-when-full.ts'
import type { Turns } from './redis-turns.ts'
import type { Script } from './script.ts'
import { argumentsOf } from './scripts/arguments.ts'
import { DUE, dueSchedulesScript, parseDue } from './scripts/schedules/due-schedules.ts'
import { listArguments, listSchedulesScript, parseList } from './scripts/schedules/list-schedules.ts'
import { NAMED, parseReading, readScheduleScript } from './scripts/schedules/read-schedule.ts'
import { removeScheduleScript } from './scripts/schedules/remove-schedule.ts'
import { parseSet, setArguments, setScheduleScript } from './scripts/schedules/set-schedule.ts'
import { tickKeyedScript } from './scripts/schedules/tick-keyed.ts'
import { parseTicks, tickArguments, tickScript } from './scripts/schedules/tick.ts'

/** The schedules of a queue. */
export class RedisSchedules implements ScheduleDriver {
  readonly #participant: Participant
  readonly #queue: string
  readonly #turns: Pick<Turns, 'endsOf'>

  constructor(participant: Participant, queue: string, turns: Pick<Turns, 'endsOf'>) {
    this.#participant = participant
    this.#queue = queue
    this.#turns = turns
  }

  async read(name: string): Promise<ScheduleReading> {
    checkScheduleName(name)
    return parseReading(name, await this.#run(readScheduleScript, argumentsOf(NAMED, { name })))
  }

  async page(query: SchedulesQuery): Promise<SchedulesPage> {
    checkSchedulesQuery(query)
    return parseList(await this.#run(listSchedulesScript, listArguments(query, MOST_READ_BYTES)))
  }

  async due(limit: number): Promise<DueSchedules> {
    checkDueLimit(limit)
    return parseDue(await this.#run(dueSchedulesScript, argumentsOf(DUE, { limit, maxBytes: MOST_READ_BYTES })))
  }

  async set(schedule: NewSchedule): Promise<ScheduleSet> {
    checkNewSchedule(schedule)
    const args = setArguments(schedule, queueTopic(this.#participant, this.#queue))
    return parseSet(schedule.name, await this.#runDurably(setScheduleScript, args))
  }

  async remove(name: string): Promise<boolean> {
    checkScheduleName(name)
    return Number(await this.#run(removeScheduleScript, argumentsOf(NAMED, { name }))) > 0
  }

  async tick(batch: TickBatch): Promise<readonly TickReceipt[]> {
    checkTicks(batch)
    if (batch.ticks.length === 0) return []
    const hasKeys = batch.ticks.some(({ tasks }) => tasks.some(({ key }) => key !== undefined))
    const sent = this.#runDurably(hasKeys ? tickKeyedScript : tickScript, (runId) =>
      tickArguments(batch, this.#turns.endsOf(batch.outcomes, runId)),
    )
    const reply = await recallWhenFull(sent, batch, (script, args) => this.#run(script, args))
    return parseTicks(reply, batch)
  }

  #run(script: Script, args: readonly (string | number)[]): Promise<unknown> {
    return this.#participant.evaluate(script, this.#participant.keys.of(script, this.#queue), args)
  }

  #runDurably(script: Script, args: ScriptArguments): Promise<unknown> {
    return this.#participant.evaluateDurably(script, this.#participant.keys.of(script, this.#queue), args)
  }
}
