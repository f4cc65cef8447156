import { brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

export interface SleepBench extends BrokerBench {
  /** When somebody looked, and what for. */
  readonly turns: { readonly at: number; readonly queue: number }[]
  /** Whether hints arrive. */
  live: boolean
}

/** A broker whose looks are noted. */
export function sleepBench(): SleepBench {
  const turns: SleepBench['turns'] = []
  let queues = 0
  const made = brokerBench((inner, clock) =>
    withQueue(inner, (driver) => {
      const queue = queues++
      return {
        async settleAndClaim(turn) {
          turns.push({ at: clock.now(), queue })
          return driver.settleAndClaim(turn)
        },
        async listen(listener) {
          const subscription = await driver.listen(listener)
          return {
            get live() {
              return all.live && subscription.live
            },
            close: () => subscription.close(),
          }
        },
      }
    }),
  )
  const all: SleepBench = { ...made, turns, live: true }
  return all
}

export const ran = (times: unknown[]) => async (): Promise<void> => void times.push(0)
