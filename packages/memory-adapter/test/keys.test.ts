import type { KeyLimits } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { KeyedTasks } from '../src/keyed-tasks.ts'
import type { Keyed } from '../src/keyed-tasks.ts'
import { createTaskRecord } from '../src/task-record.ts'

const keyed = (n: number, key: string): Keyed =>
  createTaskRecord(n, { level: 4, delayMs: 0, header: '', payload: '1', key }, 0) as Keyed

function drain(tasks: KeyedTasks, now: number): number {
  let count = 0
  for (let task; (task = tasks.next(undefined, now)); count++) {
    tasks.take(task as Keyed, now)
    tasks.free(task as Keyed, now)
  }
  return count
}

describe('a hundred thousand keys, each once', () => {
  it.each<[string, KeyLimits, number]>([
    ['no limits', {}, 0],
    ['one at a time', { concurrency: 1 }, 0],
    ['a rate', { rate: { count: 1, perMs: 1_000, burst: 1 } }, 1_000],
  ])('leave nothing behind with %s', (_, limits, forgottenMs) => {
    const tasks = new KeyedTasks()
    tasks.setLimits(limits, 0)
    for (let n = 0; n < 100_000; n++) tasks.append(keyed(n, `key ${n}`), 0)
    expect(drain(tasks, 0)).toBe(100_000)
    expect(tasks.size).toBe(0)
    if (forgottenMs > 0) expect(tasks.lines.size).toBe(100_000)
    expect(tasks.freeAt(forgottenMs)).toBeUndefined()
    expect(tasks.lines.size).toBe(0)
  })

  it('leave nothing behind when a hold of each ends', () => {
    const tasks = new KeyedTasks()
    for (let n = 0; n < 1_000; n++) {
      const task = keyed(n, `key ${n}`)
      tasks.append(task, 0)
      tasks.hold(task, 500, 0)
      tasks.remove(task, 0)
    }
    expect(tasks.lines.size).toBe(1_000)
    expect(tasks.next(undefined, 500)).toBeUndefined()
    expect(tasks.lines.size).toBe(0)
  })
})
