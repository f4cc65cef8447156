import { closeSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { shaOf } from '../checker/payload.ts'
import { loadContender } from '../contenders/all.ts'
import type { Delivery } from '../contenders/contender.ts'
import type { Recorder } from '../history/recorder.ts'
import { askHealth } from './ask-health.ts'
import { createGate } from './gate.ts'
import type { Host } from './host.ts'
import type { Payload } from './payload.ts'
import type { WorkerSettings } from './settings.ts'
import { tellCount } from './tell-count.ts'
import { watchStalls } from './watch-stalls.ts'
import { watchUsage } from './watch-usage.ts'

/** Runs tasks, and records each start before the work, and each end after it. While it is held, no handler ends. */
export async function work(settings: WorkerSettings, recorder: Recorder, host: Host): Promise<void> {
  const { proc } = recorder
  const stalls = watchStalls(recorder, settings.leaseMs)
  const gate = createGate()
  let count = 0
  let running = 0

  const handle = async (payload: Payload, { n, fence, attempt, signal }: Delivery): Promise<Payload['asks']> => {
    const { task, workMs, kind, asks, fails = 0 } = payload
    recorder.write({ ev: 'start', task, n, fence, attempt, sha: shaOf(JSON.stringify(payload)) })
    signal?.addEventListener('abort', () => {
      const { code } = signal.reason as { readonly code?: string }
      recorder.write({ ev: 'abort', task, n, code: code ?? 'unknown' })
    })
    if (kind === 'poison') {
      const fault = `${proc} is killed by task ${task}`
      recorder.write({ ev: 'fault.begin', fault, kind: 'poison', targets: [proc], forgetsMs: 0 })
      recorder.write({ ev: 'fault.end', fault })
      host.exit(1)
    }
    if (kind === 'busy' && isFirst(join(dirname(settings.file), `busy-${task}`))) {
      const fault = `${proc} is blocked by task ${task}`
      recorder.write({ ev: 'fault.begin', fault, kind: 'busy', targets: [proc], forgetsMs: 0 })
      const until = recorder.now() + workMs
      while (recorder.now() < until) shaOf(task.toString())
      recorder.write({ ev: 'fault.end', fault })
    } else if (payload.stops && signal) {
      await delay(workMs, undefined, { signal }).catch(() => undefined)
    } else if (workMs > 0) await delay(workMs)
    await gate.passed
    if (attempt <= fails) {
      recorder.write({ ev: 'end', task, n, how: 'threw' })
      throw new Error(`attempt ${attempt} of task ${task} fails, as it should`)
    }
    if (payload.stops && signal?.aborted) {
      recorder.write({ ev: 'end', task, n, how: 'stopped' })
      throw new Error(`task ${task} stopped, as it was asked to`)
    }
    if (asks && isFirst(join(dirname(settings.file), `${asks}-${task}`))) {
      recorder.write({ ev: 'end', task, n, how: asks === 'bury' ? 'buried' : 'again' })
      return asks
    }
    recorder.write({ ev: 'end', task, n, how: 'returned' })
    count++
    return undefined
  }

  const contender = await loadContender(settings.contender)
  const client = await contender.connectWorker(settings, recorder, async (...given) => {
    running++
    try {
      return await handle(...given)
    } finally {
      running--
    }
  })
  const telling = tellCount(
    host,
    () => count,
    () => running,
  )
  const begun = new Promise<void>((resolve) => {
    host.onOrder((order) => {
      if (order === 'hold') gate.shut()
      else if (order === 'release') gate.open()
      else if (order === 'begin') resolve()
    })
  })
  const ended = new Promise<void>((resolve) => host.onTerminate(resolve))
  host.tell({ kind: 'ready' })
  await Promise.race([begun, ended])
  const usage = watchUsage(recorder, host)
  client.run()
  const health = client.ready && askHealth(recorder, client.ready)
  await ended
  health?.stop()
  usage.stop()
  const beganAt = recorder.now()
  const abandoned = await client.close(settings.deadlineMs)
  recorder.write({ ev: 'closed', tookMs: recorder.now() - beganAt, deadlineMs: settings.deadlineMs, abandoned })
  telling.stop()
  stalls.stop()
  host.tell({ kind: 'stopped' })
}

/** Of all processes: the one that creates the file. */
function isFirst(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
