import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Host } from './host.ts'
import { rest } from './rest.ts'
import type { SchedulerSettings } from './settings.ts'
import { watchUsage } from './watch-usage.ts'

/** Ticks until it is terminated, and meanwhile sets one schedule after the other anew. */
export async function schedule(settings: SchedulerSettings, recorder: Recorder, host: Host): Promise<void> {
  const contender = await loadContender(settings.contender)
  const client = await contender.connectScheduler!(settings, recorder)
  const ended = new AbortController()
  host.onTerminate(() => ended.abort())
  host.tell({ kind: 'ready' })
  const usage = watchUsage(recorder, host)
  const dice = createDice(settings.seed)
  while (!ended.signal.aborted) {
    await rest(dice.between(1, 2 * settings.changeEveryMs), ended.signal)
    // One that fails may have been done, and neither loses nor doubles a tick.
    await client.change(dice.oneOf(settings.names), dice.between(0, 9)).catch(() => undefined)
  }
  usage.stop()
  await client.close()
  host.tell({ kind: 'stopped' })
}
