import { expect, it } from 'vitest'
import { bundle } from '../../page/src/chart/bundle.ts'
import { bytes, rate, short } from '../../page/src/format/number.ts'
import { preview } from '../../page/src/format/preview.ts'
import { briefly, clock, duration, exactly } from '../../page/src/format/time.ts'

it.each([
  [0, '0 ms', '0'],
  [3.24, '3.2 ms', '3ms'],
  [840, '840 ms', '840ms'],
  [1_440, '1.4 s', '1.4s'],
  [59_999, '59 s', '59s'],
  [185_000, '3 min 5 s', '3m'],
  [7_800_000, '2 h 10 min', '2h'],
  [356_400_000, '4 d 3 h', '4d'],
  [-5, '0 ms', '0'],
  [Number.NaN, '–', '–'],
])('says %d ms as %s, and briefly as %s', (ms, long, brief) => {
  expect(duration(ms, 'en').replaceAll('\u00a0', ' ')).toBe(long)
  expect(briefly(ms)).toBe(brief)
})

it('keeps numbers short', () => {
  expect([0, 999, 9_999, 12_345, 1_234_567].map((value) => short(value, 'en'))).toEqual([
    '0',
    '999',
    '9,999',
    '12.3K',
    '1.23M',
  ])
  expect([0, 0.004, 0.04, 1.24, 99.4, 340.4, 12_345].map((value) => rate(value, 'en'))).toEqual([
    '0',
    '<0.01',
    '0.04',
    '1.2',
    '99',
    '340',
    '12.3K',
  ])
  expect([0, 1_023, 1_536, 734_003_200].map(bytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '700 MiB'])
})

it('survives any number for a time', () => {
  for (const at of [Number.NaN, Infinity, -Infinity, 1e300, 8.64e15 + 1]) {
    expect(clock(at, 0, 'en')).toBe('–')
    expect(exactly(at)).toBe(String(at))
  }
})

it('names the month of another day, which readers elsewhere would take for its number', () => {
  const [at, now] = [new Date(2026, 10, 12, 3, 4, 5), new Date(2026, 11, 1)].map(Number) as [number, number]
  expect(clock(at, now, 'en')).toBe('Nov 12, 2026, 03:04:05')
  expect(clock(at, now, 'zh-Hans')).toBe('2026年11月12日 03:04:05')
  expect(clock(at, at, 'en')).toBe('03:04:05')
})

it('shows any value in one line', () => {
  expect(preview(undefined)).toBe('')
  expect(preview({ a: [1, null] })).toBe('{"a":[1,null]}')
  expect(preview('x'.repeat(10_000))).toHaveLength(241)
})

it('bundles a day of points, keeps its peaks, and has a gap where nobody wrote', () => {
  const points = Array.from({ length: 8_640 }, (_, i) => ({
    at: i * 10_000,
    waiting: i === 4_321 ? 900 : 1,
    completed: 2,
  }))
  const { times, each } = bundle(
    points.filter(({ at }) => at < 20_000_000 || at > 30_000_000),
    10_000,
  )
  expect(times.length).toBeLessThanOrEqual(240)
  expect(Math.max(...each('most', ({ waiting }) => waiting).map((value) => value ?? 0))).toBe(900)
  expect(new Set(each('mean', ({ completed }) => completed))).toEqual(new Set([2, null]))
  expect(bundle([], 10_000).times).toEqual([])
})
