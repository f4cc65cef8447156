import { openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createBroker, defineChannel, MqError } from '@mq/core'
import type { Context, Worker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { createDice } from '../seeded.ts'
import type { HistoryEvent } from '../history.ts'
import type { CrewOrder, CrewReport, WorkerSettings } from '../crew.ts'

/** A worker as a process of its own. It writes down what it does before and after it does it, so that SIGKILL hides nothing. */
const settings = JSON.parse(process.argv[2]!) as WorkerSettings
const file = openSync(settings.file, 'a')
const { pid } = process

function write(ev: HistoryEvent['ev'], task: number, { id, fence }: Context, code?: string): void {
  const event: HistoryEvent = { ev, task, n: id.slice(1), fence, pid, at: Number(process.hrtime.bigint()) / 1e6, code }
  writeSync(file, `${JSON.stringify(event)}\n`)
}

const dice = createDice(settings.seed + pid)
const broker = createBroker(redisAdapter({ url: settings.url }))
await broker.ready({ timeoutMs: 30_000 })

const tell = (report: CrewReport): void => void process.send!(report)
let worker: Worker | undefined

async function handle(task: number, context: Context): Promise<number> {
  write('start', task, context)
  const kind = settings.kinds?.[task]
  if (kind === 'until-aborted') {
    await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()))
    const reason: unknown = context.signal.reason
    write('aborted', task, context, MqError.is(reason) ? reason.code : String(reason))
  } else if (kind === 'killer') {
    await delay(300)
    process.kill(pid, 'SIGKILL')
  } else if (kind === 'endless') await delay(600_000)
  else await delay(kind === 'slow' ? 700 : dice.between(settings.handlerMs[0], settings.handlerMs[1]))
  write('end', task, context)
  return pid
}

async function work(): Promise<void> {
  const { queue, group } = settings
  worker =
    group === undefined
      ? broker.queue(queue).process((payload, context) => handle(payload as number, context), settings.worker)
      : await broker
          .channel(defineChannel({ name: queue, history: { maxCount: 1_000_000 } }))
          .consume(
            group,
            async ({ payload }, context) => void (await handle(payload as number, context)),
            settings.worker,
          )
  tell({ kind: 'working' })
}

process.on('message', (order: CrewOrder) => {
  if (order === 'work') void work()
  else if (worker) tell({ kind: 'stats', stats: worker.stats() })
})
process.on('SIGTERM', () => {
  void worker?.close({ deadlineMs: settings.deadlineMs }).then(async (closed) => {
    await broker.close()
    tell({ kind: 'closed', ...closed })
    process.disconnect()
  })
})
// Nobody is left to work for.
process.on('disconnect', () => process.exit())
tell({ kind: 'ready' })
if (!settings.spare) await work()
