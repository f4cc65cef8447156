import type { Crew } from '../crew/crew.ts'
import type { CrewPlan } from '../crew/crew-plan.ts'
import { until } from '../until.ts'

/** A producer comes, and resolves when all of its tasks are there. */
export async function enqueued(crew: Crew, load: Partial<CrewPlan['producer']>): Promise<void> {
  const producer = await crew.join(crew.addProducer(load))
  await until('its tasks to be there', 20_000, () => producer.has('stopped'))
}
