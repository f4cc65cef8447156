import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

/** Two tasks of a window begin after so many ms, or never. */
function begun(...waitsMs: readonly (number | undefined)[]): Written {
  const written = new Written().at(1_000).say('faults', { ev: 'window.begin', stuck: [] })
  waitsMs.forEach((_, i) => written.at(2_000).enqueued(i + 1))
  written.at(2_100).say('faults', { ev: 'window.end' })
  waitsMs.forEach((waitMs, i) => {
    if (waitMs !== undefined) written.at(1_999 + waitMs).done('worker-1', i + 1)
  })
  return written
}

const complaintsOf = (written: Written, share = 1): string[] =>
  written.complaints({}, { starts: { share, withinMs: 500 } }).filter((what) => what.startsWith('I13'))

describe('I13, what is enqueued in a window', () => {
  it('begins soon', () => {
    expect(complaintsOf(begun(10, 400))).toEqual([])
  })

  it('is seen to begin late, or never', () => {
    expect(complaintsOf(begun(10, 900))).toEqual([
      'I13: the last of 2 tasks of window 1 began after 900 ms, not within 500',
    ])
    expect(complaintsOf(begun(10, undefined))).toEqual([
      'I13: the last of 2 tasks of window 1 began after Infinity ms, not within 500',
    ])
  })

  it('may be late in the share that is not judged', () => {
    expect(complaintsOf(begun(10, 900), 0.5)).toEqual([])
  })

  it('is something, and only what is due at once', () => {
    expect(complaintsOf(new Written().enqueued(1).done('worker-1', 1))).toEqual(['I13: there was no window'])
    const late = begun(10).at(2_050).enqueued(9, '9', { delayMs: 5_000 }).at(7_100).done('worker-1', 9)
    expect(complaintsOf(late)).toEqual([])
    expect(complaintsOf(begun())).toEqual(['I13: the last of 0 tasks of window 1 began after NaN ms, not within 500'])
  })
})
