import { describe, expect, it } from 'vitest'
import { payload, Written } from './written.ts'

describe('the outcomes of a queue that keeps them', () => {
  const one = { n: '1', state: 'completed' as const }
  const two = { n: '2', state: 'completed' as const }
  const done = (): Written => new Written().enqueued(1).done('worker-1', 1).enqueued(2).done('worker-2', 2)

  it('are one for each task that is over', () => {
    expect(done().complaints({ outcomes: [two, one] })).toEqual([])
    expect(done().complaints()).toEqual([])
  })

  it('lack none', () => {
    expect(done().complaints({ outcomes: [two] })).toEqual(['I15: 1 is over, and its outcome was not appended'])
  })

  it('are not there twice', () => {
    expect(done().complaints({ outcomes: [one, two, one] })).toEqual([
      'I15: 1 had 1 lives, and ended 2 times: completed, completed',
      'I15: 1 went on after it was completed',
    ])
  })

  it('say how it ended', () => {
    expect(done().complaints({ outcomes: [one, { ...two, state: 'expired' }], ended: [two] })).toEqual([
      'I15: 2 is completed, and its last outcome is expired',
    ])
  })

  it('are more where a dead task was redriven, and none comes before its end', () => {
    const redriven = done().say('operator-1', { ev: 'redrive.invoke', n: '1', diedAt: 1 })
    const dead = { ...one, state: 'dead' as const }
    expect(redriven.complaints({ outcomes: [dead, one, two] })).toEqual([])
    const waiting = new Written().enqueued(1).enqueued(2).done('worker-2', 2)
    const tasks = [{ n: '1', place: 'waiting' as const, payload: payload(1) }]
    expect(waiting.complaints({ outcomes: [one, two], tasks })).toContain('I15: 1 is there, and was completed')
  })
})
