import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

const BOUNDS = { concurrency: 2, withinMs: 100 }
const usage = (when: 'begin' | 'end') => ({ ev: 'usage', when, rssBytes: 1, handles: 1 }) as const

/** Two workers of two places each from 1,000 on; both have done something. */
function twoWorkers(): Written {
  const written = new Written().at(1_000).say('worker-1', usage('begin')).say('worker-2', usage('begin'))
  return written.at(1_010).enqueued(1).done('worker-1', 1).enqueued(2).done('worker-2', 2)
}

const ended = (written: Written): string[] => {
  written.at(9_000).say('worker-1', usage('end')).say('worker-2', usage('end'))
  return written.complaints({}, { idleBeside: BOUNDS }).filter((what) => what.startsWith('I13'))
}

/** worker-1 is given task 3 at 2,000, and begins it after so many ms. */
function held(forMs: number, meanwhile: (written: Written) => void = () => undefined): Written {
  const written = twoWorkers().enqueued(3).at(2_000).claimed('worker-1', { n: '3' })
  meanwhile(written)
  const start = { ev: 'start', task: 3, n: '3', fence: 1, attempt: 1, sha: '' } as const
  return written
    .at(2_000 + forMs)
    .say('worker-1', start)
    .ended('worker-1', 3)
    .settled('worker-1', '3')
}

describe('I13, a task that a worker has claimed and not begun', () => {
  it('may wait for a moment', () => {
    expect(ended(held(90))).toEqual([])
  })

  it('is seen to wait while another worker is idle', () => {
    expect(ended(held(400))).toEqual(['I13: 3 waited in worker-1 for 400 ms, while worker-2 was idle'])
  })

  it('may wait while the other has no free place, or is busy most of the time', () => {
    const busy = held(400, (written) => {
      written.at(1_900).enqueued(4).enqueued(5).started('worker-2', 4).started('worker-2', 5)
      written.at(2_350).ended('worker-2', 4).settled('worker-2', '4').ended('worker-2', 5).settled('worker-2', '5')
    })
    expect(ended(busy)).toEqual([])
  })

  it('may wait while the other holds something itself', () => {
    const other = held(400, (written) => written.at(1_990).enqueued(4).claimed('worker-2', { n: '4' }))
    expect(ended(other.at(2_450).settled('worker-2', '4', { kind: 'release' }))).toEqual([])
  })

  it.each(['SIGSTOP', 'SIGKILL'])('may wait while the other, or its own worker, is struck (%s)', (kind) => {
    for (const proc of ['worker-1', 'worker-2']) {
      const struck = held(400, (written) => written.at(1_999).fault([proc], 0, kind).at(2_380).healed(kind))
      expect(ended(struck)).toEqual([])
    }
  })

  it('waits no longer when it is given back', () => {
    const back = twoWorkers().enqueued(3).at(2_000).claimed('worker-1', { n: '3' })
    back.at(2_090).settled('worker-1', '3', { kind: 'release' }).at(2_900).done('worker-2', 3, { r: 1, fence: 2 })
    expect(ended(back)).toEqual([])
  })

  it('is judged only where there are two workers', () => {
    const one = new Written().enqueued(1).done('worker-1', 1)
    expect(one.complaints({}, { idleBeside: BOUNDS })).toEqual(['I13: there were fewer than two workers'])
  })
})
