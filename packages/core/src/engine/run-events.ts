import type { Settlement } from '../ports/queue-driver.ts'
import { taskEvents } from '../services/task-events.ts'
import type { RunEvent, RunOutcome } from '../services/task-events.ts'
import { idOf } from '../wire/header.ts'
import type { Delivery, Execution } from './execution.ts'
import { waitOf } from './wait-of.ts'

const OUTCOMES: Readonly<Record<Settlement['kind'], RunOutcome>> = {
  complete: 'completed',
  retry: 'retried',
  release: 'released',
  bury: 'dead',
  expire: 'expired',
}

/** The lease ended before the run: nothing is settled for it. */
export type Loss = 'cancelled' | 'lease-lost'

export function outcomeOf(decision: Settlement | Loss): RunOutcome {
  return typeof decision === 'string' ? decision : OUTCOMES[decision.kind]
}

/** Calls the handler inside the stores of the subscribers. */
export function runAmidEvents<T>(execution: Execution, run: () => T): T {
  execution.event = eventOf(execution.held, execution.queue)
  return taskEvents.start.runStores(execution.event, run)
}

/** A run ended, or its worker no longer waits for it. */
export function publishEnd(execution: Execution, outcome: RunOutcome, now: number): void {
  const event = execution.event ?? eventOf(execution.held, execution.queue)
  event.outcome = outcome
  event.tookMs = now - execution.startedAt
  if (execution.failure !== undefined) event.error = execution.failure
  taskEvents.end.publish(event)
}

/** A task ended without being run. */
export function publishUnrun(held: Delivery, queue: string, outcome: RunOutcome): void {
  taskEvents.end.publish({ ...eventOf(held, queue), outcome })
}

function eventOf(delivery: Delivery, queue: string): RunEvent {
  const { task, header } = delivery
  const attempt = task.failures + 1
  return { queue, id: idOf(task.n, header), attempt, headers: header.headers, waitedMs: waitOf(delivery) }
}
