import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Host } from './host.ts'
import { repeatedly } from './repeatedly.ts'
import { rest } from './rest.ts'
import type { OperatorSettings } from './settings.ts'
import { untilBegun } from './until-begun.ts'

const TRIES = 20
const FOR_EVER_MS = 3_600_000

/**
 * Redrives what died, and pauses the queue now and then, or by order. When it ends of itself, the queue is not paused.
 */
export async function operate(settings: OperatorSettings, recorder: Recorder, host: Host): Promise<void> {
  const contender = await loadContender(settings.contender)
  const client = await contender.connectOperator!(settings, recorder)
  const dice = createDice(settings.seed)
  const pause = async (): Promise<void> => {
    recorder.write({ ev: 'pause.invoke' })
    if (await repeatedly(recorder, 1, () => client.pause())) recorder.write({ ev: 'pause.ok' })
  }
  const resume = async (): Promise<void> => {
    recorder.write({ ev: 'resume.invoke' })
    if (await repeatedly(recorder, TRIES, () => client.resume())) recorder.write({ ev: 'resume.ok' })
  }
  let obeyed = Promise.resolve()
  let count = 0
  const stop = await untilBegun(host, (order) => {
    obeyed = obeyed.then(order === 'hold' ? pause : resume).then(() => host.tell({ kind: 'count', count: ++count }))
  })
  if (settings.ordered) await rest(FOR_EVER_MS, stop)
  while (!stop.aborted) {
    await rest(dice.between(50, 300), stop)
    await repeatedly(recorder, 1, () => client.redrive())
    if (dice.next() >= 0.3) continue
    await pause()
    await rest(dice.between(100, 300), stop)
    await resume()
  }
  await obeyed
  await client.close()
  host.tell({ kind: 'stopped' })
}
