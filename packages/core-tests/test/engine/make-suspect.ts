import { silentLogger } from '@mq/core'
import type { BrokerBench } from '../broker-bench.ts'

/** Loses the leases of the first so many tasks twice, while they run: whoever claims one next runs it apart from others. */
export async function makeSuspects({ adapter, clock }: BrokerBench, count: number): Promise<void> {
  const driver = adapter.open({ clock, logger: silentLogger, onError: () => undefined }).queue('q')
  const turn = { lane: 'dies', repeat: false, settlements: [], want: count, maxBytes: 1e6, leaseMs: 1_000 }
  for (const seq of [1, 2]) {
    const { claimed } = await driver.settleAndClaim({ ...turn, seq, keepResults: true, awaitWork: false })
    await driver.note(claimed.map(({ lease }) => ({ lease, kind: 'start', body: '' })))
    await clock.advance(1_001)
  }
}

export function makeSuspect(bench: BrokerBench): Promise<void> {
  return makeSuspects(bench, 1)
}
