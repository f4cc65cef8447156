import { setTimeout as delay } from 'node:timers/promises'
import { shaOf } from '../checker/payload.ts'
import { loadContender } from '../contenders/all.ts'
import type { FlowDelivery } from '../contenders/contender.ts'
import { recorderOf } from '../history/recorder.ts'
import type { Recorder } from '../history/recorder.ts'
import type { FlowPayload, FlowStep } from './flow-payload.ts'
import type { Host } from './host.ts'
import type { FlowWorkerSettings } from './settings.ts'
import { tellCount } from './tell-count.ts'
import { untilBegun } from './until-begun.ts'
import { watchStalls } from './watch-stalls.ts'
import { watchUsage } from './watch-usage.ts'

/** Runs tasks of flows, and records what each is told of its parents, and what it asks for. */
export async function workOnFlows(settings: FlowWorkerSettings, recorder: Recorder, host: Host): Promise<void> {
  const stalls = watchStalls(recorder, settings.leaseMs)
  let count = 0
  const handle = async (payload: FlowPayload, delivery: FlowDelivery): Promise<FlowStep | 'bury' | undefined> => {
    const own = recorderOf(recorder, delivery.queue)
    const { task, workMs, adds = [], fails = 0, dies, next } = payload
    const { n, fence, attempt } = delivery
    own.write({ ev: 'start', task, n, fence, attempt, sha: shaOf(JSON.stringify(payload)) })
    try {
      if (payload.asks) own.write({ ev: 'flow.parents', task, n, parents: await delivery.parents() })
      await delay(workMs)
      for (const [label, step] of adds.entries()) {
        wanted(recorder, step)
        await delivery.add(step, `step-${label}`)
      }
      if (attempt <= fails) throw new Error(`attempt ${attempt} of task ${task} fails, as it should`)
    } catch (error) {
      own.write({ ev: 'end', task, n, how: 'threw' })
      throw error
    }
    if (next && !dies) wanted(recorder, next)
    own.write({ ev: 'end', task, n, how: dies ? 'buried' : 'returned' })
    count++
    return dies ? 'bury' : next
  }
  const contender = await loadContender(settings.contender)
  const client = await contender.connectFlowWorker!(settings, recorder, handle)
  const telling = tellCount(host, () => count)
  const ended = new Promise<void>((resolve) => host.onTerminate(resolve))
  await Promise.race([untilBegun(host), ended])
  const usage = watchUsage(recorder, host)
  client.run()
  await ended
  usage.stop()
  const beganAt = recorder.now()
  const abandoned = await client.close(settings.deadlineMs)
  recorder.write({ ev: 'closed', tookMs: recorder.now() - beganAt, deadlineMs: settings.deadlineMs, abandoned })
  telling.stop()
  stalls.stop()
  host.tell({ kind: 'stopped' })
}

/** From now on it may be there. */
function wanted(recorder: Recorder, { queue, payload }: FlowStep): void {
  recorderOf(recorder, queue).write({
    ev: 'enqueue.invoke',
    task: payload.task,
    sha: shaOf(JSON.stringify(payload)),
  })
}
