import { setTimeout as delay } from 'node:timers/promises'
import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Dice } from '../seeded.ts'
import type { Host } from './host.ts'
import { messageOf } from './message.ts'
import type { PublisherSettings } from './settings.ts'

const FATAL = 99

/** Publishes until it is told to stop. What was not confirmed may have been sent. */
export async function publish(settings: PublisherSettings, recorder: Recorder, host: Host): Promise<void> {
  const contender = await loadContender(settings.contender)
  const topic = await contender.connectTopic!(settings, recorder, settings.durable)
  const stop = new AbortController()
  const begun = new Promise<void>((resolve) => {
    host.onOrder((order) => (order === 'begin' ? resolve() : stop.abort()))
  })
  host.tell({ kind: 'ready' })
  await begun
  const dice = createDice(settings.seed)
  let next = 0
  const lane = async (): Promise<void> => {
    while (!stop.signal.aborted && next < settings.most) {
      const fails = failuresBy(dice, settings)
      const message = messageOf(`${settings.proc}:${next++}`, fails)
      recorder.write({ ev: 'publish.invoke', message, fails })
      try {
        const { epoch, n } = await topic.publish(message)
        recorder.write({ ev: 'publish.ok', message, epoch, n })
      } catch (error) {
        recorder.write({ ev: 'publish.unknown', message, why: String(error).slice(0, 200) })
      }
      await delay(dice.between(...settings.pauseMs), undefined, { signal: stop.signal }).catch(() => undefined)
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
