import type { SourceParts } from '../channel/channel-parts.ts'
import { createSource } from '../channel/create-source.ts'
import type { OpenSource } from '../channel/create-source.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { Storage } from '../ports/adapter.ts'
import { OUTCOMES } from '../define/history.ts'
import { outcomeForm } from './outcome-form.ts'
import type { TaskOutcome } from './outcomes.ts'

export interface OutcomesParts<Result> extends Pick<
  SourceParts<TaskOutcome<Result>>,
  'capabilities' | 'services' | 'assertOpen' | 'workers' | 'onWorker' | 'isKept'
> {
  readonly definition: QueueDefinition<any, any, any, Result>
  readonly storage: Storage
}

/** Throws `unsupported` where the adapter has none. */
export function createOutcomes<Result>(parts: OutcomesParts<Result>): OpenSource<TaskOutcome<Result>> {
  const { definition, storage, assertOpen, onWorker } = parts
  assertOpen()
  const { name, result, outcomes } = definition
  checkOutcomes(name, storage)
  if (definition.partitions > 1) {
    throw new MqError('unsupported', `queue ${name} has partitions, and so no outcomes: its tasks end in several slots`)
  }
  return createSource({
    ...parts,
    name: `${name}${OUTCOMES}`,
    history: outcomes || undefined,
    form: outcomeForm(name, result),
    driver: storage.outcomes!(name),
    onWorker: (worker) => onWorker(worker, name),
  })
}

/** Throws `unsupported` where the adapter has none. */
export function checkOutcomes(queue: string, storage: Storage): void {
  if (storage.outcomes === undefined) throw new MqError('unsupported', `this adapter has no outcomes (queue ${queue})`)
}
