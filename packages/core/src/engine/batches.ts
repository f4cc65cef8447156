import type { Handler } from '../handler/handler.ts'
import { BatchRun } from './batch-run.ts'
import type { BatchRunParts } from './batch-run.ts'
import type { BatchRules } from './batch-rules.ts'
import type { Execution } from './execution.ts'

/** The batches of a worker: knows to which of them a task belongs whose handler is called. */
export class Batches {
  readonly rules: BatchRules
  /** By their delivery, those whose handler was not called yet. */
  readonly #expected = new Map<string, Execution>()

  constructor(rules: BatchRules) {
    this.rules = rules
  }

  /** What is called, within the middleware, as the handler of each task: it joins the batch that it was started in. */
  readonly handler: Handler<unknown, unknown> = (payload, context) => {
    const key = keyOf(context.id, context.fence)
    const execution = this.#expected.get(key)
    if (!this.#expected.delete(key) || execution?.batch === undefined) {
      throw new TypeError(
        'a middleware called next twice, or with a context of another id or fence: a batch has no such task',
      )
    }
    return execution.batch.sit(execution, payload, context)
  }

  /** As many batches as so many tasks need. */
  portionsOf<T>(all: readonly T[]): T[][] {
    const { size } = this.rules
    return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
  }

  /** These are started together. */
  begin(executions: readonly Execution[], parts: Omit<BatchRunParts, 'rules'>): void {
    const run = new BatchRun({ ...parts, rules: this.rules }, executions)
    for (const execution of executions) {
      execution.batch = run
      this.#expected.set(keyOf(execution.id, execution.held.task.fence), execution)
    }
  }

  /** Its run ended, perhaps before its handler was called. */
  left(execution: Execution): void {
    this.#expected.delete(keyOf(execution.id, execution.held.task.fence))
    execution.batch?.left(execution)
  }
}

function keyOf(id: string, fence: number): string {
  return `${fence} ${id}`
}
