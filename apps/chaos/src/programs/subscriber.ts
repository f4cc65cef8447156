import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createGate } from './gate.ts'
import type { Host } from './host.ts'
import type { SubscriberSettings } from './settings.ts'
import { tellCount } from './tell-count.ts'

/** The session of the second subscription in a subscriber's process. */
export const besideOf = (proc: string): string => `${proc}-beside`

/** Records what it receives, and what is reported to it as lost. */
export async function subscribe(settings: SubscriberSettings, recorder: Recorder, host: Host): Promise<void> {
  const { proc, besideBuffer } = settings
  const contender = await loadContender(settings.contender)
  const topic = await contender.connectTopic!(settings, recorder, false)
  const gate = createGate()
  host.onOrder((order) => {
    if (order === 'hold') gate.shut()
    else if (order === 'release') gate.open()
  })
  let count = 0
  const begin = async (session: string, then: () => void | Promise<void>, buffer?: number): Promise<void> => {
    const listener = {
      onMessage(message: string, epoch: string, n: number) {
        // Further lines would only make the report large.
        recorder.write({ ev: 'receive', session, message: message.split('\n', 1)[0]!, epoch, n })
        return then()
      },
      onGap: (size: number | undefined) => recorder.write({ ev: 'gap', session, size }),
    }
    await topic.subscribe(listener, buffer)
    recorder.write({ ev: 'session.begin', session })
  }
  await begin(proc, () => void count++)
  if (besideBuffer !== undefined) await begin(besideOf(proc), () => gate.passed, besideBuffer)
  const telling = tellCount(host, () => count)
  const ended = new Promise<void>((resolve) => host.onTerminate(resolve))
  host.tell({ kind: 'ready' })
  await ended
  recorder.write({ ev: 'session.end', session: proc })
  if (besideBuffer !== undefined) recorder.write({ ev: 'session.end', session: besideOf(proc) })
  await topic.close()
  telling.stop()
  host.tell({ kind: 'stopped' })
}
