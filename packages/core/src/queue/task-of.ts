import type { QueueDefinition } from '../define/define-queue.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { NewTask } from '../ports/queue-driver.ts'
import { prepareTask } from './prepare-task.ts'
import type { Services } from '../services/services.ts'
import type { EnqueueOptions } from '../define/enqueue-options.ts'
import { sharingOf } from './queue-sharing.ts'

interface TaskSource<In> {
  readonly definition: QueueDefinition<In, any, any, any>
  readonly driver: QueueAdmin
  readonly services: Pick<Services, 'headers'>
}

/** A task as the storage gets it. Throws `unsupported` for a key where the adapter has none. */
export function taskOf<In>(
  { definition, driver, services }: TaskSource<In>,
  payload: In,
  given: EnqueueOptions,
): NewTask | Promise<NewTask> {
  if (given.key !== undefined) sharingOf(definition.name, driver)
  return prepareTask(definition, payload, given, services.headers)
}
