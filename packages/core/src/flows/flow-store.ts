import type { EnqueueOptions } from '../define/enqueue-options.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { TaskStore } from '../storage-calls/enqueuer.ts'
import { makeEnqueuer } from '../partitions/make-enqueuer.ts'
import type { FlowDriver } from '../ports/flows.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { NewTask, QueueDriver, Receipt } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'

type AnyQueueDefinition = QueueDefinition<any, any, any, any>

export interface FlowStoreParts {
  readonly services: Services
  readonly driverOf: (queue: string) => QueueDriver & QueueAdmin
  /** Called with each queue that is enqueued to. */
  readonly onUsed: (queue: string) => void
  /** The definition of a handle of a queue; undefined for what is none of this broker's. */
  readonly definitionOf: (handle: object) => AnyQueueDefinition | undefined
  readonly prepare: (queue: PreparedFor, payload: unknown, options: EnqueueOptions) => NewTask | Promise<NewTask>
}

interface PreparedFor {
  readonly definition: AnyQueueDefinition
  readonly driver: QueueAdmin
  readonly services: Services
}

/** The queues of a broker by their names, as far as flows use them: a flow may go over many. */
export class FlowStore {
  readonly services: Services
  readonly #parts: FlowStoreParts
  readonly #enqueuers = new Map<string, TaskStore<Receipt>>()

  constructor(parts: FlowStoreParts) {
    this.services = parts.services
    this.#parts = parts
  }

  driverOf(queue: string): QueueDriver & QueueAdmin {
    return this.#parts.driverOf(queue)
  }

  /** Throws `unsupported` where the adapter has no flows. */
  flowsOf(queue: string): FlowDriver {
    const { flows } = this.driverOf(queue)
    if (flows === undefined) throw new MqError('unsupported', `this adapter has no flows (queue ${queue})`)
    return flows
  }

  /** Undefined for what is no handle of a queue of this broker. */
  definitionOf(handle: object): AnyQueueDefinition | undefined {
    return this.#parts.definitionOf(handle)
  }

  /** Whether the queue of that handle, where it is one of this broker, has or had such a task. */
  async isKnown(handle: object, id: string): Promise<boolean> {
    const definition = this.definitionOf(handle)
    if (definition === undefined) return false
    const [reading] = await this.call(() => this.driverOf(definition.name).read([{ id }]))
    return reading?.state !== 'unknown'
  }

  /** As the handle of that queue would. */
  prepare(definition: AnyQueueDefinition, payload: unknown, options: EnqueueOptions): NewTask | Promise<NewTask> {
    const driver = this.driverOf(definition.name)
    return this.#parts.prepare({ definition, driver, services: this.services }, payload, options)
  }

  /** For calls that may be repeated, as all of flows may. */
  call<T>(call: (tries: number) => Promise<T>): Promise<T> {
    return repeatUntilKnown(this.services, call, { timeoutMs: this.services.operationTimeoutMs })
  }

  /** Whatever the capacity of the queue: the task was accepted with the one before it. */
  add(queue: string, task: NewTask): Promise<Receipt> {
    let enqueuer = this.#enqueuers.get(queue)
    if (enqueuer === undefined) {
      const bounds = { capacity: undefined, keyCapacity: undefined, awaitRoom: false, displace: false }
      enqueuer = makeEnqueuer<Receipt>(
        queue,
        this.driverOf(queue),
        this.services,
        { ...bounds, outcomes: undefined },
        { answer: (_, receipt) => receipt, onSend: this.#parts.onUsed },
      )
      this.#enqueuers.set(queue, enqueuer)
    }
    return enqueuer.add(task, task.payload.length + task.header.length)
  }

  obliterated(queue: string): void {
    this.#enqueuers.get(queue)?.obliterated()
  }

  async close(endAt: number): Promise<void> {
    await Promise.all([...this.#enqueuers.values()].map((enqueuer) => enqueuer.close(endAt)))
  }
}
