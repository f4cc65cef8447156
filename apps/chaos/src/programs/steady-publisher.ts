import { once } from 'node:events'
import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Host } from './host.ts'
import type { SteadyPublisherSettings } from './settings.ts'
import { untilBegun } from './until-begun.ts'
import { watchUsage } from './watch-usage.ts'

const LOOK_AT_USAGE_EVERY_MS = 250

/**
 * Publishes a message of a size at a pace, whether those before it are confirmed or not, and writes down its memory.
 */
export async function publishSteadily(
  settings: SteadyPublisherSettings,
  recorder: Recorder,
  host: Host,
): Promise<void> {
  const contender = await loadContender(settings.contender)
  const topic = await contender.connectTopic!(settings, recorder, false)
  const body = 'x'.repeat(settings.bodyBytes)
  const stop = await untilBegun(host)
  const usage = watchUsage(recorder, host, LOOK_AT_USAGE_EVERY_MS)
  const underWay = new Set<Promise<void>>()
  let next = 0
  const publish = async (message: string): Promise<void> => {
    recorder.write({ ev: 'publish.invoke', message })
    try {
      const { epoch, n } = await topic.publish(`${message}\n${body}`)
      recorder.write({ ev: 'publish.ok', message, epoch, n })
    } catch (error) {
      recorder.write({ ev: 'publish.unknown', message, why: String(error).slice(0, 200) })
    }
  }
  const pace = setInterval(() => {
    const publishing = publish(`${settings.proc}:${next++}`).finally(() => underWay.delete(publishing))
    underWay.add(publishing)
  }, settings.everyMs)
  if (!stop.aborted) await once(stop, 'abort')
  clearInterval(pace)
  await Promise.all(underWay)
  usage.stop()
  await topic.close()
  host.tell({ kind: 'stopped' })
}
