import { findContender } from '../contenders/all.ts'
import type { TaskWorker } from '../contenders/contender.ts'
import { RESULT } from '../task.ts'
import type { Role } from './helper.ts'

export type WorkerOrder =
  | { readonly act: 'connect'; readonly url: string; readonly contender: string; readonly concurrency: number }
  | { readonly act: 'run' | 'close' }

const TELL_EVERY_MS = 5

let worker: TaskWorker | undefined
let handled: number[] = []
let telling: ReturnType<typeof setInterval> | undefined

/** A worker in a process of its own: it tells the numbers of what it handled, several at a time. */
export const workerRole: Role = async (message, tell) => {
  const order = message as WorkerOrder
  const tellHandled = (): void => {
    if (handled.length > 0) tell(handled)
    handled = []
  }
  if (order.act === 'connect') {
    worker = await findContender(order.contender)!.connectWorker(order.url, order.concurrency, async ({ n }) => {
      handled.push(n)
      return RESULT
    })
  } else if (order.act === 'run') {
    telling = setInterval(tellHandled, TELL_EVERY_MS)
    worker!.run()
  } else {
    await worker!.close()
    clearInterval(telling)
    tellHandled()
  }
}
