import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Host } from './host.ts'
import { repeatedly } from './repeatedly.ts'
import { rest } from './rest.ts'
import type { GroupOperatorSettings } from './settings.ts'
import { untilBegun } from './until-begun.ts'

/** Half of the times it sends a group so far back; else it passes over what is unread. */
const FARTHEST_BACK = 300

/** Redrives what a group gave up, pauses it and sends it back and ahead. When it ends, the group is not paused. */
export async function operateGroup(settings: GroupOperatorSettings, recorder: Recorder, host: Host): Promise<void> {
  const { group } = settings
  const contender = await loadContender(settings.contender)
  const client = await contender.connectGroupOperator!(settings, recorder)
  const stop = await untilBegun(host)
  const dice = createDice(settings.seed)
  const acts = [
    () => repeatedly(recorder, 1, () => client.redrive()),
    async () => {
      recorder.write({ ev: 'pause.invoke', group })
      if (await repeatedly(recorder, 1, () => client.pause())) recorder.write({ ev: 'pause.ok', group })
      await rest(dice.between(100, 1_600), stop)
      recorder.write({ ev: 'resume.invoke', group })
      if (await repeatedly(recorder, 20, () => client.resume())) recorder.write({ ev: 'resume.ok', group })
    },
    async () => {
      const back = dice.next() < 0.5 ? dice.between(1, FARTHEST_BACK) : 0
      const to = Math.max(0, client.newest() - back)
      recorder.write({ ev: 'seek.invoke', group, to })
      if (await repeatedly(recorder, 20, () => client.seek(to))) recorder.write({ ev: 'seek.ok', group, to })
    },
  ]
  while (!stop.aborted) {
    await rest(dice.between(50, 300), stop)
    await dice.oneOf(acts)()
  }
  await client.close()
  host.tell({ kind: 'stopped' })
}
