import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Host } from './host.ts'
import type { SubscriberSettings } from './settings.ts'

const TELL_EVERY_MS = 50

/** Writes down what it receives, and what it is told that it lost. */
export async function subscribe(settings: SubscriberSettings, recorder: Recorder, host: Host): Promise<void> {
  const session = settings.proc
  const contender = await loadContender(settings.contender)
  const topic = await contender.connectTopic!(settings, recorder, false)
  let count = 0
  await topic.subscribe({
    onMessage(message, epoch, n) {
      recorder.write({ ev: 'receive', session, message, epoch, n })
      count++
    },
    onGap: (size) => recorder.write({ ev: 'gap', session, size }),
  })
  recorder.write({ ev: 'session.begin', session })
  let told = 0
  const telling = setInterval(() => {
    if (told !== count) host.tell({ kind: 'count', count: (told = count) })
  }, TELL_EVERY_MS)
  const ended = new Promise<void>((resolve) => host.onTerminate(resolve))
  host.tell({ kind: 'ready' })
  await ended
  recorder.write({ ev: 'session.end', session })
  await topic.close()
  clearInterval(telling)
  host.tell({ kind: 'stopped' })
}
