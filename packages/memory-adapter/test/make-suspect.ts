import { silentLogger } from '@mq/core'
import type { BrokerBench } from './broker-bench.ts'

/** Loses the lease of the only task twice: whoever claims it next runs it alone. */
export async function makeSuspect({ adapter, clock }: BrokerBench): Promise<void> {
  const driver = adapter.open({ clock, logger: silentLogger, onError: () => undefined }).queue('q')
  const turn = { lane: 'dies', repeat: false, settlements: [], want: 1, maxBytes: 1e6, leaseMs: 1_000 }
  for (const seq of [1, 2]) {
    const { claimed } = await driver.settleAndClaim({ ...turn, seq, keepResults: true, awaitWork: false })
    await driver.note(claimed.map(({ lease }) => ({ lease, kind: 'start', body: '' })))
    await clock.advance(1_001)
  }
}
