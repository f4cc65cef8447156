import { setTimeout as delay } from 'node:timers/promises'
import { shaOf } from '../checker/payload.ts'
import { loadContender } from '../contenders/all.ts'
import type { FlowProducerClient } from '../contenders/contender.ts'
import { recorderOf } from '../history/recorder.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Dice } from '../seeded.ts'
import { idOfFlowTask } from './flow-payload.ts'
import type { FlowPayload, FlowPlan, FlowStep } from './flow-payload.ts'
import { FLOW_SIZE, flowOf } from './flow-shapes.ts'
import type { Host } from './host.ts'
import { rest } from './rest.ts'
import type { FlowProducerSettings } from './settings.ts'
import { untilBegun } from './until-begun.ts'
import { watchStalls } from './watch-stalls.ts'
import { watchUsage } from './watch-usage.ts'

/** Each has an id of its own, and is enqueued again until its end is known, for so long. */
const REPEAT_FOR_MS = 20_000

/** Enqueues flows until it is to stop, and records what is planned of each task and what it knows of its enqueue. */
export async function produceFlows(settings: FlowProducerSettings, recorder: Recorder, host: Host): Promise<void> {
  const contender = await loadContender(settings.contender)
  const client = await contender.connectFlowProducer!(settings, recorder)
  const stalls = watchStalls(recorder, settings.leaseMs)
  const stop = await untilBegun(host)
  const usage = watchUsage(recorder, host)
  const dice = createDice(settings.seed)
  let next = settings.firstTask
  const lane = async (): Promise<void> => {
    while (!stop.aborted) {
      const plans = flowOf(next, settings.queues, dice)
      next += FLOW_SIZE
      await enqueueFlow(plans, client, recorder, dice)
      await rest(dice.between(...settings.pauseMs), stop)
    }
  }
  await Promise.all(Array.from({ length: settings.lanes }, lane))
  usage.stop()
  await client.close()
  stalls.stop()
  host.tell({ kind: 'stopped' })
}

/** Those that run after none at once, the others in their order: some when their parents have ended already. */
async function enqueueFlow(
  plans: readonly FlowPlan[],
  client: FlowProducerClient,
  recorder: Recorder,
  dice: Dice,
): Promise<void> {
  for (const { queue, payload, after, onDead, delayMs } of plans) {
    const parents = after.map((parent) => parent.payload.task)
    recordPlan(recorder, { queue, payload }, { after: parents, onDead, delayMs })
  }
  const first = plans.filter(({ after }) => after.length === 0)
  const others = plans.filter(({ after }) => after.length > 0)
  const there = new Set<FlowPlan>()
  const add = async (plan: FlowPlan): Promise<void> => {
    if (!plan.after.every((parent) => there.has(parent))) return
    if (await enqueue(plan, client, recorder, dice)) there.add(plan)
  }
  await Promise.all(first.map(add))
  for (const plan of others) {
    if (dice.next() < 0.3) await delay(dice.between(10, 150))
    await add(plan)
  }
}

interface Family {
  readonly after: readonly number[]
  readonly onDead: FlowPlan['onDead']
  readonly delayMs?: number | undefined
}

/** Also of those that its handler will enqueue. */
function recordPlan(recorder: Recorder, { queue, payload }: FlowStep, family?: Family, by?: Origin): void {
  recorder.write({ ev: 'flow.plan', task: payload.task, queue, ...(family ?? { after: [], onDead: 'bury' }), ...by })
  for (const step of payload.adds ?? []) recordPlan(recorder, step, undefined, { of: payload.task, by: 'enqueue' })
  if (payload.next) recordPlan(recorder, payload.next, undefined, { of: payload.task, by: 'next' })
}

interface Origin {
  readonly of: number
  readonly by: 'enqueue' | 'next'
}

async function enqueue(
  { queue, payload, after, onDead, delayMs }: FlowPlan,
  client: FlowProducerClient,
  all: Recorder,
  dice: Dice,
): Promise<boolean> {
  const { task } = payload
  const recorder = recorderOf(all, queue)
  const id = idOfFlowTask(task)
  const parents = after.map((parent) => ({ queue: parent.queue, id: idOfFlowTask(parent.payload.task) }))
  const family = parents.length > 0 ? { after: parents, onDead } : undefined
  const sha = shaOf(JSON.stringify(payload satisfies FlowPayload))
  for (const giveUpAt = all.now() + REPEAT_FOR_MS; ;) {
    recorder.write({ ev: 'enqueue.invoke', task, sha, id })
    try {
      recorder.write({ ev: 'enqueue.ok', task, n: await client.enqueue(queue, payload, { id, delayMs, ...family }) })
      return true
    } catch (error) {
      const failed = client.provesFailure(error)
      recorder.write({ ev: failed ? 'enqueue.failed' : 'enqueue.unknown', task, why: String(error).slice(0, 200) })
      if (failed || all.now() > giveUpAt) return false
      await delay(dice.between(20, 60))
    }
  }
}
