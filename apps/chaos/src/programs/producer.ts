import { setTimeout as delay } from 'node:timers/promises'
import { shaOf } from '../checker/payload.ts'
import { loadContender } from '../contenders/all.ts'
import type { ProducerClient } from '../contenders/contender.ts'
import type { Recorder } from '../history/recorder.ts'
import { createDice } from '../seeded.ts'
import type { Dice } from '../seeded.ts'
import type { Host } from './host.ts'
import { cancelLater, changeOften, mixedLife } from './mixed-life.ts'
import type { Payload } from './payload.ts'
import { padding } from './payload.ts'
import { rest } from './rest.ts'
import type { ProducerSettings } from './settings.ts'
import { untilBegun } from './until-begun.ts'
import { watchStalls } from './watch-stalls.ts'
import { watchUsage } from './watch-usage.ts'

/** A task with an own id is enqueued again until its end is known, for so long. */
const REPEAT_FOR_MS = 20_000

/** Enqueues until it is to stop, and records what it knows of each enqueue, and nothing that it does not know. */
export async function produce(settings: ProducerSettings, recorder: Recorder, host: Host): Promise<void> {
  const contender = await loadContender(settings.contender)
  const client = await contender.connectProducer(settings, recorder)
  const stalls = watchStalls(recorder, settings.leaseMs)
  const stop = await untilBegun(host)
  const usage = watchUsage(recorder, host)
  const dice = createDice(settings.seed)
  let next = settings.firstTask
  const lane = async (): Promise<void> => {
    while (!stop.aborted && next < settings.firstTask + settings.most) {
      await enqueue(next++, dice, settings, client, recorder)
      await rest(dice.between(...settings.pauseMs), stop)
    }
  }
  await Promise.all(Array.from({ length: settings.lanes }, lane))
  usage.stop()
  await client.close()
  stalls.stop()
  host.tell({ kind: 'stopped' })
}

async function enqueue(
  task: number,
  dice: Dice,
  settings: ProducerSettings,
  client: ProducerClient,
  recorder: Recorder,
): Promise<void> {
  const special = settings.specials[task]
  const mixed = dice.next() < settings.mixed && !special ? mixedLife(task, dice) : undefined
  const payload: Payload = {
    task,
    pad: padding(dice, dice.between(...settings.padPieces)),
    workMs: dice.between(...settings.workMs),
    ...(dice.next() < settings.failing && { fails: dice.between(1, 2) }),
    ...(dice.next() < 0.5 && { stops: true }),
    ...mixed?.payload,
    ...special,
  }
  const { dedupe, priority } = mixed ?? {}
  const id = dedupe === undefined && dice.next() < settings.ownIds ? `own-${task}` : undefined
  const delayMs = dice.next() < settings.delayed && !special ? dice.between(50, 600) : undefined
  const repeatable = id !== undefined || dedupe !== undefined
  const again = repeatable && dice.next() < settings.again
  const sha = shaOf(JSON.stringify(payload))
  const giveUpAt = recorder.now() + REPEAT_FOR_MS

  for (let known = 0; known < (again ? 2 : 1);) {
    recorder.write({ ev: 'enqueue.invoke', task, sha, id, delayMs })
    try {
      const n = await client.enqueue(payload, { id, delayMs, priority, dedupe, ...shareOf(task, settings) })
      recorder.write({ ev: 'enqueue.ok', task, n })
      // A delayed one may not begin before its time, nor one that is retried before its pause is over.
      const isTimed = delayMs !== undefined || payload.fails !== undefined || payload.asks === 'again'
      if (known === 0 && mixed && !isTimed && n !== undefined) await changeOften({ n, id }, mixed.changes, client)
      if (++known === 1 && mixed?.cancelAfterMs !== undefined && n !== undefined) {
        await cancelLater({ task, n, id }, mixed.cancelAfterMs, client, recorder)
      }
    } catch (error) {
      const why = String(error).slice(0, 200)
      const failed = client.provesFailure(error)
      recorder.write({ ev: failed ? 'enqueue.failed' : 'enqueue.unknown', task, why })
      // What has an own id or key may be enqueued again; what was refused may be offered again later, but not at once.
      if (!repeatable || failed || recorder.now() > giveUpAt) return
      await delay(dice.between(20, 60))
    }
  }
}

/** One of ten tasks has no key, and most are of a few loud ones. */
function shareOf(task: number, { keys }: ProducerSettings): { readonly key?: string; readonly weight?: number } {
  if (keys === 0 || task % 10 === 0) return {}
  const isLoud = task % 3 !== 0
  return { key: `key ${task % (isLoud ? 4 : keys)}`, weight: 1 + (task % 3) }
}
