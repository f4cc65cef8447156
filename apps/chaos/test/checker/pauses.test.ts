import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

const HEARD = { pauseHeardWithinMs: 100 }

/** Task 1 is held by worker-1 when the queue is paused at 2,000; the pause lasts a second. */
function paused(meanwhile: (written: Written) => void): Written {
  const written = new Written().enqueued(1).claimed('worker-1', { n: '1' })
  written.at(1_999).say('operator-1', { ev: 'pause.invoke' }, { ev: 'pause.ok' })
  meanwhile(written)
  written.at(3_000).say('operator-1', { ev: 'resume.invoke' }, { ev: 'resume.ok' })
  return written
}

const done = (written: Written, fence: number, r: number): Written =>
  written.at(3_100).done('worker-2', 1, { r, fence })

describe('I8, a pause', () => {
  it('is heard when what was held is given back', () => {
    const written = paused((then) => then.at(2_050).settled('worker-1', '1', { kind: 'release' }))
    expect(done(written, 2, 1).complaints({}, HEARD)).toEqual([])
  })

  it('leaves alone what had begun before', () => {
    const written = new Written().enqueued(1).started('worker-1', 1)
    written.at(2_000).say('operator-1', { ev: 'pause.invoke' }, { ev: 'pause.ok' })
    written.at(2_500).ended('worker-1', 1).settled('worker-1', '1')
    expect(written.at(3_000).say('operator-1', { ev: 'resume.invoke' }).complaints({}, HEARD)).toEqual([])
  })

  it('is not heard by a worker that begins a task after it', () => {
    const start = { ev: 'start', task: 1, n: '1', fence: 1, attempt: 1, sha: '' } as const
    const written = paused((then) =>
      then.at(2_500).say('worker-1', start).ended('worker-1', 1).settled('worker-1', '1'),
    )
    expect(written.complaints({}, HEARD)).toEqual(
      expect.arrayContaining([
        'I8: 1 began on worker-1 500 ms after the queue was paused',
        'I8: 1 was not released by worker-1, though the queue was paused',
      ]),
    )
    expect(written.complaints().filter((what) => what.startsWith('I8'))).toEqual([])
  })

  it('is not heard by a worker that keeps its tasks until it is over', () => {
    const written = paused(() => undefined).ended('worker-1', 1)
    expect(written.complaints({}, HEARD)).toContain('I8: 1 was not released by worker-1, though the queue was paused')
  })

  it('may not be heard by a process that stands still', () => {
    const written = paused((then) => then.fault(['worker-1']).healed()).at(3_100)
    expect(done(written, 2, 1).complaints({}, HEARD)).toEqual([])
  })

  it.each([
    ['before it', 1_998, 0],
    ['while it lasts', 2_100, 1],
  ])('knows whether what a turn gives again was first given %s', (_when, firstGivenAt, complaints) => {
    const again = { ev: 'claim', n: '1', lease: '1#0', fence: 1, from: 2_498, firstGivenAt } as const
    const written = paused((then) =>
      then.at(2_500).say('worker-1', again).settled('worker-1', '1', { kind: 'release' }),
    )
    const said = done(written, 2, 1).complaints()
    expect(said.filter((what) => what === 'I8: 1 was given to worker-1 while the queue was paused')).toHaveLength(
      complaints,
    )
  })

  it('is there at all where it is judged', () => {
    expect(new Written().enqueued(1).done('worker-1', 1).complaints({}, HEARD)).toEqual([
      'I8: the queue was never paused',
    ])
  })
})
