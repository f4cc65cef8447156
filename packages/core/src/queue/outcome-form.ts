import type { BodyForm } from '../channel/channel-parts.ts'
import type { StandardSchema } from '../define/schema.ts'
import { MqError } from '../errors.ts'
import { parseOutcomeBody } from '../ports/outcome-text.ts'
import type { TaskEnd } from '../ports/outcome-text.ts'
import type { Headers } from '../wire/message-body.ts'
import { idOf } from '../wire/header.ts'
import type { TaskOutcome } from './outcomes.ts'
import { readOutcome } from '../wire/read-outcome.ts'

const NO_HEADERS: Headers = Object.freeze({})

/** The messages that a storage appends at the end of tasks. */
export function outcomeForm<Result>(
  queue: string,
  schema: StandardSchema<any, Result> | undefined,
): BodyForm<TaskOutcome<Result>> {
  return {
    read(text) {
      const end = parseOutcomeBody(text)
      if (end === undefined) {
        throw new MqError('invalid-message', `another program wrote to the outcomes of queue ${queue}`)
      }
      return { headers: NO_HEADERS, payload: read(end, schema) }
    },
    letterOf(text) {
      const end = parseOutcomeBody(text)
      return { header: '', payload: end === undefined ? text : JSON.stringify(shown(end)) }
    },
    advice: `queue ${queue} keeps no outcomes: declare them, e.g. outcomes: { maxAgeMs: 86_400_000 }`,
  }
}

function read<Result>(
  end: TaskEnd,
  schema: StandardSchema<any, Result> | undefined,
): TaskOutcome<Result> | Promise<TaskOutcome<Result>> {
  const id = idOfEnd(end)
  const outcome = readOutcome(end.outcome, schema)
  return outcome instanceof Promise ? outcome.then((ended) => ({ id, ...ended })) : { id, ...outcome }
}

/** Without the schema: that a result does not fit it may be why the message died. */
function shown(end: TaskEnd): object {
  const id = idOfEnd(end)
  try {
    const outcome = readOutcome(end.outcome, undefined)
    if (!(outcome instanceof Promise)) return { id, ...outcome }
  } catch {
    // What is no JSON is shown as it is stored.
  }
  return { id, ...end.outcome }
}

function idOfEnd({ n, id }: TaskEnd): string {
  return idOf(n, id === undefined ? {} : { id })
}
