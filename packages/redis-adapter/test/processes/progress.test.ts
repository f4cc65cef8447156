// Progress and result of a task that another process handles, while it handles it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bundleProgram } from '../../../../bundle-program.ts'
import { ownTime } from '../lab/own-time.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

describe('a task in another process', () => {
  it('is seen live: each report comes before the next step is taken', async () => {
    const name = lab.freshName()
    const queue = (await lab.broker()).queue(name)
    const task = await queue.enqueue('film')
    const result = task.result()
    const reports = task.progress()[Symbol.asyncIterator]()
    const first = reports.next()

    const child = fork(
      bundleProgram(join(import.meta.dirname, '../lab/programs/reporter.ts')),
      [lab.server.url, name],
      { execArgv: [] },
    )
    const exit = once(child, 'exit')
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exit
    })

    expect(await first).toEqual({ done: false, value: { step: 1, pid: child.pid } })
    const delays: number[] = []
    for (const step of [2, 3, 4]) {
      const since = ownTime()
      child.send('next')
      expect(await reports.next()).toEqual({ done: false, value: { step, pid: child.pid } })
      delays.push(ownTime() - since)
    }
    console.log(`progress from another process after ${delays.map((ms) => ms.toFixed(1)).join(', ')} ms`)
    // Who waits polls every 1–2 s; all of these quicker than that came as hints.
    expect(Math.min(...delays)).toBeLessThan(500)
    expect(await task.status()).toEqual({ state: 'running', progress: { step: 4, pid: child.pid } })
    child.send('end')
    expect(await reports.next()).toEqual({ done: true, value: undefined })
    expect(await result).toBe(4)
  })
})
