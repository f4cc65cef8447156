import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Dice } from '../seeded.ts'
import type { Host } from './host.ts'
import { messageOf } from './message.ts'
import { rest } from './rest.ts'
import type { PublisherSettings } from './settings.ts'
import { untilBegun } from './until-begun.ts'

const FATAL = 99

/** Publishes until it is to stop. What was not confirmed may have been sent. */
export async function publish(settings: PublisherSettings, recorder: Recorder, host: Host): Promise<void> {
  const contender = await loadContender(settings.contender)
  const topic = await contender.connectTopic!(settings, recorder, settings.durable)
  const stop = await untilBegun(host)
  const dice = createDice(settings.seed)
  let next = 0
  const lane = async (): Promise<void> => {
    while (!stop.aborted && next < settings.most) {
      const fails = failuresBy(dice, settings)
      const message = messageOf(`${settings.proc}:${next++}`, fails)
      recorder.write({ ev: 'publish.invoke', message, fails })
      try {
        const { epoch, n } = await topic.publish(message)
        recorder.write({ ev: 'publish.ok', message, epoch, n })
      } catch (error) {
        recorder.write({ ev: 'publish.unknown', message, why: String(error).slice(0, 200) })
      }
      await rest(dice.between(...settings.pauseMs), stop)
    }
  }
  await Promise.all(Array.from({ length: settings.lanes }, lane))
  await topic.close()
  host.tell({ kind: 'stopped' })
}

/** Once or twice, or more often than any group allows. */
function failuresBy(dice: Dice, { failing, fatal }: PublisherSettings): number {
  const fate = dice.next()
  if (fate < fatal) return FATAL
  return fate < fatal + failing ? dice.between(1, 2) : 0
}
