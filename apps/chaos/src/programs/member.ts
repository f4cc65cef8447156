import { setTimeout as delay } from 'node:timers/promises'
import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import { askHealth } from './ask-health.ts'
import { createGate } from './gate.ts'
import type { Host } from './host.ts'

import { failsIn } from './message.ts'
import type { MemberSettings } from './settings.ts'
import { tellCount } from './tell-count.ts'
import { watchStalls } from './watch-stalls.ts'

/** A member of a consumer group: works for a moment on each message that it is given, and records begin and end. */
export async function consume(settings: MemberSettings, recorder: Recorder, host: Host): Promise<void> {
  const { group, deadlineMs } = settings
  const stalls = watchStalls(recorder, settings.leaseMs)
  const contender = await loadContender(settings.contender)
  const dice = createDice(settings.seed)
  const gate = createGate()
  host.onOrder((order) => {
    if (order === 'hold') gate.shut()
    else if (order === 'release') gate.open()
  })
  let count = 0
  const client = await contender.connectMember!(settings, recorder, async (message, { n, fence, attempt, once }) => {
    recorder.write({ ev: 'consume', group, message, n, fence, attempt })
    if (settings.steps && once && n % 3 === 0) {
      await once(() => recorder.write({ ev: 'once.do', group, fence })).catch((error: unknown) => {
        recorder.write({ ev: 'consume.end', group, message, fence, how: 'threw' })
        throw error
      })
      recorder.write({ ev: 'once.kept', group, fence })
    }
    if (dice.next() < settings.slow) await delay(dice.between(1, 10))
    await gate.passed
    const fails = attempt <= failsIn(message)
    recorder.write({ ev: 'consume.end', group, message, fence, how: fails ? 'threw' : 'returned' })
    if (fails) throw new Error(`attempt ${attempt} of ${message}, as it should`)
    count++
  })
  const telling = tellCount(host, () => count)
  const ended = new Promise<void>((resolve) => host.onTerminate(resolve))
  host.tell({ kind: 'ready' })
  const health = settings.supervised && client.ready ? askHealth(recorder, client.ready) : undefined
  await ended
  health?.stop()
  const begin = recorder.now()
  const abandoned = await client.close(deadlineMs)
  recorder.write({ ev: 'closed', tookMs: recorder.now() - begin, deadlineMs, abandoned })
  telling.stop()
  stalls.stop()
  host.tell({ kind: 'stopped' })
}
