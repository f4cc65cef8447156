// When schedules tick: the cases of croner's own suite that matter here, both changes of the clocks, and laws.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patternsKept } from '../src/cron.ts'
import { checkRule, parseRule, ruleText } from '../src/rule.ts'
import type { RuleOptions } from '../src/rule.ts'
import { dueTicks, MISSED_AFTER_MS, MOST_MADE_UP, nextTick } from '../src/ticks.ts'

const at = (text: string): number => Date.parse(text)

function ticks(options: RuleOptions, from: string, count: number): string[] {
  const rule = checkRule(options)
  const found: string[] = []
  let tick: number | undefined = at(from)
  while (found.length < count && (tick = nextTick(rule, tick)) !== undefined) found.push(new Date(tick).toISOString())
  return found
}

describe('ticks of cron', () => {
  it.each([
    ['*/15 * * * *', '2027-01-01T00:00:00.001Z', ['2027-01-01T00:15:00.000Z', '2027-01-01T00:30:00.000Z']],
    ['*/20 * * * * *', '2027-01-01T00:00:39.999Z', ['2027-01-01T00:00:40.000Z', '2027-01-01T00:01:00.000Z']],
    ['0 0 L * *', '2027-02-01T00:00:00Z', ['2027-02-28T00:00:00.000Z', '2027-03-31T00:00:00.000Z']],
    ['0 0 L 2 *', '2027-03-01T00:00:00Z', ['2028-02-29T00:00:00.000Z', '2029-02-28T00:00:00.000Z']],
    ['0 0 29 2 *', '2027-01-01T00:00:00Z', ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z']],
    ['0 12 * * MON-FRI', '2027-01-01T12:00:00Z', ['2027-01-04T12:00:00.000Z', '2027-01-05T12:00:00.000Z']],
    ['0 0 * * FRI#2', '2027-01-01T00:00:00Z', ['2027-01-08T00:00:00.000Z', '2027-02-12T00:00:00.000Z']],
    ['0 0 * * SUN#L', '2027-01-01T00:00:00Z', ['2027-01-31T00:00:00.000Z', '2027-02-28T00:00:00.000Z']],
    ['0 0 1,15 JAN,JUL *', '2027-01-02T00:00:00Z', ['2027-01-15T00:00:00.000Z', '2027-07-01T00:00:00.000Z']],
    ['0 0 0 1 1 * 2030', '2027-01-01T00:00:00Z', ['2030-01-01T00:00:00.000Z']],
    ['@hourly', '2027-01-01T00:00:00Z', ['2027-01-01T01:00:00.000Z', '2027-01-01T02:00:00.000Z']],
    ['@weekly', '2027-01-01T00:00:00Z', ['2027-01-03T00:00:00.000Z', '2027-01-10T00:00:00.000Z']],
    ['59 59 23 31 12 *', '2027-06-01T00:00:00Z', ['2027-12-31T23:59:59.000Z', '2028-12-31T23:59:59.000Z']],
  ])('%s', (cron, from, expected) => {
    expect(ticks({ cron }, from, 2)).toEqual(expected)
  })

  it('is of the zone that it names, and of UTC where it names none, whatever that of the process', () => {
    const from = '2027-01-01T00:00:00Z'
    expect(ticks({ cron: '0 9 * * *' }, from, 1)).toEqual(['2027-01-01T09:00:00.000Z'])
    expect(ticks({ cron: '0 9 * * *', timeZone: 'Asia/Kathmandu' }, from, 1)).toEqual(['2027-01-01T03:15:00.000Z'])
    expect(ticks({ cron: '0 9 * * *', timeZone: 'America/New_York' }, from, 1)).toEqual(['2027-01-01T14:00:00.000Z'])
  })

  // Berlin: at 01:00 UTC of 28 March 2027 02:00 becomes 03:00, and of 31 October 03:00 becomes 02:00.
  it('a fixed time that the clocks leave out is right after, and one that comes twice is once', () => {
    const daily = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' }
    expect(ticks(daily, '2027-03-27T00:00:00Z', 3)).toEqual([
      '2027-03-27T01:30:00.000Z',
      '2027-03-28T01:00:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ])
    expect(ticks(daily, '2027-10-30T00:00:00Z', 3)).toEqual([
      '2027-10-30T00:30:00.000Z',
      '2027-10-31T00:30:00.000Z',
      '2027-11-01T01:30:00.000Z',
    ])
  })

  it('an interval goes on through both changes of the clocks', () => {
    const half = { cron: '*/30 * * * *', timeZone: 'America/New_York' }
    for (const change of ['2027-03-14T07:00:00Z', '2027-11-07T06:00:00Z']) {
      const found = ticks(half, new Date(at(change) - 5_400_000).toISOString(), 6).map(at)
      expect(found).toEqual(found.map((_, i) => at(change) - 3_600_000 + i * 1_800_000))
    }
  })
})

describe('ticks of an interval', () => {
  it('are counted from 1970, so that a deployment shifts none', () => {
    const hourly = { everyMs: 3_600_000 }
    for (const from of ['2027-01-01T00:00:00.000Z', '2027-01-01T00:59:59.999Z']) {
      expect(ticks(hourly, from, 1)).toEqual(['2027-01-01T01:00:00.000Z'])
    }
  })

  it('or from where it begins, that included, to where it ends, that included', () => {
    const [from, until] = [at('2027-01-01T00:00:00.007Z'), at('2027-01-01T00:00:00.207Z')]
    expect(ticks({ everyMs: 100, from, until }, '2020-01-01T00:00:00Z', 9)).toEqual([
      '2027-01-01T00:00:00.007Z',
      '2027-01-01T00:00:00.107Z',
      '2027-01-01T00:00:00.207Z',
    ])
    expect(ticks({ cron: '0 0 * * *', from: new Date(from), until: at('2027-01-03') }, '2020-01-01', 9)).toEqual([
      '2027-01-02T00:00:00.000Z',
      '2027-01-03T00:00:00.000Z',
    ])
  })
})

const pick = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values)
const anyRule = fc.oneof(
  fc.record({
    cron: fc
      .tuple(
        pick('0', '*/20', '59', '5,35'),
        pick('*', '0', '*/7', '30', '15-45/10'),
        pick('*', '0', '1', '2', '3', '*/2', '1-3'),
        pick('*', '1', 'L', '*/3', '28-31'),
        pick('*', '3', '10', '11', '3,10'),
        pick('*', 'SUN', 'MON-FRI', 'SUN#L', 'SUN#2'),
      )
      .map((fields) => fields.join(' ')),
    timeZone: pick(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Asia/Kolkata',
    ),
  }),
  fc.record({
    everyMs: fc.integer({ min: 100, max: 86_400_000 }),
    from: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  }),
)
/** Around changes of the clocks. */
const anyInstant = fc
  .tuple(
    fc.constantFrom('2027-03-14T07:00:00Z', '2027-03-28T01:00:00Z', '2027-10-31T01:00:00Z', '2027-11-07T06:00:00Z'),
    fc.integer({ min: -10_000_000, max: 10_000_000 }),
  )
  .map(([change, ms]) => at(change) + ms)

it('the next tick is the same, whatever was asked before', () => {
  const rule = checkRule({ cron: '0 0 1 * *' })
  const asked = ['2027-06-15', '2020-06-15', '2020-06-30', '2020-07-01', '2027-06-30', '2027-07-01', '1999-12-31']
  expect(asked.map((text) => new Date(nextTick(rule, at(text))!).toISOString().slice(0, 10))).toEqual([
    '2027-07-01',
    '2020-07-01',
    '2020-07-01',
    '2020-08-01',
    '2027-07-01',
    '2027-08-01',
    '2000-01-01',
  ])
})

it('more patterns than are remembered are read again', () => {
  const patterns = Array.from({ length: 1_200 }, (_, i) => `${i % 60} ${Math.floor(i / 60)} * * *`)
  const nextOf = (cron: string): number | undefined => nextTick(checkRule({ cron }), at('2027-01-01'))
  const first = patterns.map(nextOf)
  expect(patternsKept()).toBe(1_000)
  expect(patterns.map(nextOf)).toEqual(first)
  expect(new Set(first).size).toBe(1_200)
})

describe('laws', () => {
  it('the next tick is the same from every instant before it, and later than that', () => {
    fc.assert(
      fc.property(anyRule, anyInstant, fc.double({ min: 0, max: 1, noNaN: true }), (options, instant, part) => {
        const rule = checkRule(options)
        const next = nextTick(rule, instant)
        if (next === undefined) return
        expect(next).toBeGreaterThan(instant)
        const between = instant + Math.floor((next - 1 - instant) * part)
        // Another pattern between them, so that nothing is remembered.
        const fresh = parseRule(ruleText(rule))!
        expect(nextTick({ ...fresh, cron: fresh.cron && `${fresh.cron} *` }, between)).toBe(next)
        expect(nextTick(rule, between)).toBe(next)
      }),
      { numRuns: 200 },
    )
  })

  it('whatever was missed, each tick has one task by its policy, and none is done twice', () => {
    const late = fc.integer({ min: 0, max: 500_000 })
    fc.assert(
      fc.property(anyRule, anyInstant, late, fc.constantFrom('skip', 'one', 'all'), (options, instant, ms, missed) => {
        const rule = checkRule({ ...options, missed: missed as 'skip' })
        const dueAt = nextTick(rule, instant)
        if (dueAt === undefined) return
        const now = dueAt + ms
        const all: number[] = []
        for (let t: number | undefined = dueAt; t !== undefined && t <= now; t = nextTick(rule, t)) all.push(t)
        const { instants, nextDueAt, hasMissed } = dueTicks(rule, dueAt, now)
        const old = all.filter((t) => t < now - MISSED_AFTER_MS)
        const kept = missed === 'all' ? old.slice(-MOST_MADE_UP) : missed === 'one' ? old.slice(-1) : []
        expect(instants).toEqual([...kept, ...all.slice(old.length)])
        expect(nextDueAt).toBe(nextTick(rule, now))
        expect(hasMissed).toBe(old.length > 0)
      }),
      { numRuns: 200 },
    )
  })

  it('of more missed ticks than are made up for, the newest have tasks, and it is said', () => {
    const rule = checkRule({ everyMs: 1_000, missed: 'all' })
    const dueAt = at('2027-01-01T00:00:00Z')
    const now = dueAt + 86_400_000
    const { instants, hasDropped } = dueTicks(rule, dueAt, now)
    expect(instants).toHaveLength(MOST_MADE_UP + 61)
    expect(instants.at(-1)).toBe(now)
    expect(instants.every((t, i) => t === now - (instants.length - 1 - i) * 1_000)).toBe(true)
    expect(hasDropped).toBe(true)
    expect(dueTicks(rule, now - 1_000_000, now).hasDropped).toBe(false)
  })

  it('a rule is read as it was written', () => {
    fc.assert(
      fc.property(anyRule, fc.boolean(), (options, paused) => {
        const rule = { ...checkRule(options), paused }
        expect(parseRule(ruleText(rule))).toEqual(rule)
      }),
    )
  })

  it('what is no rule is none', () => {
    for (const text of [
      '',
      '{}',
      'null',
      '[]',
      '{"everyMs":1,"missed":"one"}',
      '{"cron":"x"}',
      '{"everyMs":1000,"paused":1}',
    ]) {
      expect(parseRule(text)).toBeUndefined()
    }
  })
})
