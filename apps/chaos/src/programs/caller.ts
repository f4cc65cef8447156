import { setTimeout as delay } from 'node:timers/promises'
import { shaOf } from '../checker/payload.ts'
import { loadContender } from '../contenders/all.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Host } from './host.ts'
import type { Payload } from './payload.ts'
import type { CallerSettings } from './settings.ts'
import { tellCount } from './tell-count.ts'
import { untilBegun } from './until-begun.ts'
import { watchStalls } from './watch-stalls.ts'

/** As many as one call takes. */
const BATCH = 1_000

/**
 * Enqueues many tasks, awaits the result of each, and asks something else all the while. Ends when it has learnt all.
 */
export async function call(settings: CallerSettings, recorder: Recorder, host: Host): Promise<void> {
  // Looks at what is pending are as rare as chance allows: only asking again finds soon what ended in a cut.
  Math.random = () => 0.999
  const contender = await loadContender(settings.contender)
  const client = await contender.connectCaller!(settings, recorder)
  const stalls = watchStalls(recorder, settings.leaseMs)
  await untilBegun(host)
  let answered = 0
  let pending = 0
  const telling = tellCount(
    host,
    () => answered,
    () => pending,
  )
  const probe = async (): Promise<void> => {
    const from = recorder.now()
    try {
      await client.probe()
      recorder.write({ ev: 'probe', from })
    } catch (error) {
      recorder.write({ ev: 'probe', from, why: String(error).slice(0, 200) })
    }
  }
  const probes = new Set<Promise<void>>()
  const pace = setInterval(() => {
    const asked = probe().finally(() => probes.delete(asked))
    probes.add(asked)
  }, settings.probeEveryMs)

  const waits: Promise<void>[] = []
  const awaitOne = async (task: number, result: Promise<unknown>): Promise<void> => {
    recorder.write({ ev: 'await', task })
    pending++
    await result.then(
      (value) => recorder.write({ ev: 'answer', task, result: value }),
      (error: Error & { readonly code?: string }) =>
        recorder.write({ ev: 'answer', task, code: error.code ?? String(error) }),
    )
    pending--
    answered++
  }
  for (let first = 0; first < settings.most; first += BATCH) {
    const payloads = Array.from({ length: Math.min(BATCH, settings.most - first) }, (_, i): Payload => {
      return { task: settings.firstTask + first + i, pad: '', workMs: 0, answers: true }
    })
    for (const payload of payloads)
      recorder.write({ ev: 'enqueue.invoke', task: payload.task, sha: shaOf(JSON.stringify(payload)) })
    const calls = await client.enqueueAll(payloads)
    calls.forEach(({ n, result }, i) => {
      const { task } = payloads[i]!
      recorder.write({ ev: 'enqueue.ok', task, n })
      waits.push(awaitOne(task, result))
    })
  }
  await Promise.all(waits)
  // The last answers are measured, too.
  await delay(settings.probeEveryMs)
  clearInterval(pace)
  await Promise.all(probes)
  telling.stop()
  stalls.stop()
  await client.close()
  host.tell({ kind: 'stopped' })
}
