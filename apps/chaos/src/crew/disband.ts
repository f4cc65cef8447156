import type { Violation } from '../checker/violation.ts'
import type { OpenScene } from '../scene.ts'
import { until } from '../until.ts'

const PRODUCERS_END_WITHIN_MS = 40_000
const DRAINED_WITHIN_MS = 30_000
const WORKERS_END_WITHIN_MS = 15_000

/** The load ends, what is left is done, and all programs end by themselves. Answers what did not. */
export async function disband({ crew, left }: OpenScene): Promise<Violation[]> {
  const violations: Violation[] = []
  const tried = async (work: Promise<void>): Promise<void> => {
    await work.catch((error: Error) => violations.push({ invariant: 'I10', what: error.message }))
  }
  const { producers } = crew
  for (const producer of producers) producer.order('stop')
  await tried(until('the producers to end', PRODUCERS_END_WITHIN_MS, () => producers.every(({ alive }) => !alive)))
  await tried(until('the backlog to drain', DRAINED_WITHIN_MS, async () => (await left()) === 0))
  const { workers } = crew
  for (const worker of workers) worker.signal('SIGTERM')
  await tried(until('the workers to end', WORKERS_END_WITHIN_MS, () => workers.every(({ alive }) => !alive)))
  for (const hand of crew.hands) {
    if (hand.stderr !== '') violations.push({ invariant: 'I10', what: `${hand.proc} said: ${hand.stderr}` })
  }
  return violations
}
