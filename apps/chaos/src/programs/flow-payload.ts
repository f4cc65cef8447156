import type { Payload } from './payload.ts'

export type OnDead = 'bury' | 'run' | 'cancel'

/** What a task of a flow carries, and so what its handler does. */
export interface FlowPayload extends Pick<Payload, 'task' | 'pad' | 'workMs' | 'fails'> {
  /** Each run of its handler asks for its burial. */
  readonly dies?: boolean | undefined
  /** Its handler asks how those ended that it ran after. */
  readonly asks?: boolean | undefined
  /** Enqueued by its handler, each under the label that is its place. */
  readonly adds?: readonly FlowStep[] | undefined
  /** What its handler returns as the next task. */
  readonly next?: FlowStep | undefined
}

/** A task of a flow, and where. */
export interface FlowStep {
  readonly queue: string
  readonly payload: FlowPayload
}

/** One that the producer enqueues. */
export interface FlowPlan extends FlowStep {
  /** The tasks that it runs after. */
  readonly after: readonly FlowPlan[]
  readonly onDead: OnDead
  /** From then on. */
  readonly delayMs?: number | undefined
}

/** The caller's own id. */
export function idOfFlowTask(task: number): string {
  return `flow-${task}`
}
