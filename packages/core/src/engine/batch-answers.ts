import { adoptRejection } from '../values/adopt-rejection.ts'
import { isThenable } from '../values/is-thenable.ts'
import { show } from '../define/check.ts'
import { MqError } from '../errors.ts'
import { isVerdict } from '../handler/handler.ts'
import { handOver } from '../handler/unreturned.ts'

/** Of an answer that has far too many, no more are looked at. */
const MOST_ADOPTED = 1_000

/**
 * What a batch handler answered, for each of its tasks in their order. Throws an MqError `invalid-answers`, and
 * whatever the answer throws when it is read.
 */
export function answersOf(answer: unknown, ids: readonly string[]): readonly unknown[] {
  if (answer === undefined || isVerdict(answer)) return ids.map(() => answer)
  if (Array.isArray(answer)) return fromArray(answer, ids)
  const map = mapIn(answer)
  if (map !== undefined) return fromMap(map, ids)
  handOver(answer)
  throw invalid(`an array, a Map, a verdict or nothing, not ${show(answer)}`, ids.length)
}

function fromArray(answer: readonly unknown[], ids: readonly string[]): readonly unknown[] {
  const count = answer.length
  const missing = count === ids.length ? ids.findIndex((_, i) => !(i in answer)) : -1
  if (count === ids.length && missing === -1) return ids.map((_, i) => answer[i])
  refuse(answer.slice(0, MOST_ADOPTED))
  if (missing === -1) throw invalid(`as many answers, not ${count}`, ids.length)
  throw invalid(`an answer for each: that of ${ids[missing]} is missing in its array`, ids.length)
}

function fromMap(answer: Map<unknown, unknown>, ids: readonly string[]): readonly unknown[] {
  const missing = ids.find((id) => !answer.has(id))
  // A task whose lease was lost unnoticed may be here beside its new life.
  if (missing === undefined && answer.size === new Set(ids).size) return ids.map((id) => answer.get(id))
  refuse([...answer.values()].slice(0, MOST_ADOPTED))
  if (missing === undefined) throw invalid(`as many answers, not ${answer.size}`, ids.length)
  throw invalid(`an answer for each: its Map has none for ${missing}`, ids.length)
}

/** A copy, since a Map may be of another realm, or of a class that answers as it likes. */
function mapIn(answer: unknown): Map<unknown, unknown> | undefined {
  try {
    const copy = new Map<unknown, unknown>()
    Map.prototype.forEach.call(answer as Map<unknown, unknown>, (value, key) => void copy.set(key, value))
    return copy
  } catch {
    return undefined
  }
}

/** Nobody will await these promises, nor see these verdicts. */
function refuse(answers: readonly unknown[]): void {
  for (const answer of answers) {
    handOver(answer)
    adoptRejection(answer, () => undefined)
  }
}

function invalid(wanted: string, tasks: number): MqError {
  return new MqError('invalid-answers', `a batch handler must answer its ${tasks} tasks with ${wanted}`, {
    details: { tasks },
  })
}

/** The answer for one task: an Error in its place rejects, as a handler of single tasks would throw it. */
export async function answered(answer: unknown): Promise<unknown> {
  const value = isThenable(answer) ? await answer : answer
  if (isError(value)) throw value
  return value
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
  } catch {
    return false
  }
}
