import { describe, expect, it } from 'vitest'
import { accountFor } from '../faults/history.ts'
import type { HistoryEvent } from '../faults/history.ts'

let at = 0
const event = (ev: HistoryEvent['ev'], task: number, fence: number, pid: number, n = `n${task}`): HistoryEvent => ({
  ev,
  task,
  n,
  fence,
  pid,
  at: at++,
})
const run = (task: number, fence: number, pid: number, n?: string): HistoryEvent[] => [
  event('start', task, fence, pid, n),
  event('end', task, fence, pid, n),
]

describe('the account of a history', () => {
  it('finds nothing wrong where all is well', () => {
    const account = accountFor([...run(0, 1, 10), ...run(1, 2, 11)], 2)
    expect(account).toEqual({
      starts: 2,
      ends: 2,
      lost: [],
      duplicates: 0,
      unexplained: [],
      inFlight: 0,
      unfenced: [],
      doubled: [],
    })
  })

  it('sees what is lost', () => {
    expect(accountFor([...run(0, 1, 10), event('start', 1, 2, 10)], 3).lost).toEqual([1, 2])
  })

  it('takes a second run for explained only when its first runner died with the lease', () => {
    const history = [event('start', 0, 1, 10), ...run(0, 2, 11)]
    const died = { pid: 10, leased: new Set(['n0']) }
    expect(accountFor(history, 1, [died])).toMatchObject({ duplicates: 1, unexplained: [], inFlight: 1 })
    expect(accountFor(history, 1, [{ pid: 10, leased: new Set<string>() }]).unexplained).toEqual([history[1]])
    expect(accountFor(history, 1, [{ pid: 11, leased: new Set(['n0']) }]).unexplained).toEqual([history[1]])
    expect(accountFor(history, 1).unexplained).toEqual([history[1]])
  })

  it('sees a fence that does not increase', () => {
    const history = [event('start', 0, 5, 10), ...run(0, 5, 11)]
    expect(accountFor(history, 1).unfenced).toEqual([history[1]])
  })

  it('sees one task that became two', () => {
    expect(accountFor([...run(0, 1, 10, 'n0'), ...run(0, 2, 10, 'n1')], 1)).toMatchObject({
      doubled: [0],
      duplicates: 0,
    })
  })
})
