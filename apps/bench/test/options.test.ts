import { expect, it } from 'vitest'
import { findContender } from '../src/contenders/all.ts'
import { UsageError, hasClass, parseOptions } from '../src/options.ts'
import type { Entry } from '../src/options.ts'

const entriesOf = (...args: string[]): readonly Entry[] => parseOptions(args).parts[0]!.entries

it('runs the libraries by default: everything but the depths, and the depths for mq alone', () => {
  const entries = entriesOf('--depth').map(({ scenario, contenders }) => [scenario.name, contenders.length])
  expect(entries).toContainEqual(['process-10', 5])
  expect(entries).toContainEqual(['depth-1000000', 1])
  const { parts } = parseOptions([])
  expect(parts.map(({ suite, durability, rounds }) => [suite.name, durability, rounds])).toEqual([
    ['libraries', 'none', 3],
  ])
  expect(parts[0]!.entries.map(({ scenario }) => scenario.name)).not.toContain('depth-1000')
})

it('takes the beginning of a name for all that begin so', () => {
  const entries = entriesOf('--only', 'process-1,bulk', '--contenders', 'bullmq,mq')
  expect(entries.map(({ scenario }) => scenario.name)).toEqual(['process-1', 'bulk'])
  expect(entries[0]!.contenders.map(({ name }) => name)).toEqual(['bullmq', 'mq'])
  expect(entriesOf('--only', 'process').length).toBeGreaterThan(3)
})

it('makes a table of each suite, and of each class that it has', () => {
  const tables = (...args: string[]): string[] =>
    parseOptions(args).parts.map(({ suite, durability }) => `${suite.name} ${durability}`)
  expect(tables('--suite', 'memory,systems')).toEqual(['memory none', 'systems none'])
  expect(tables('--class', 'fsync,1s')).toEqual(['systems fsync', 'systems 1s'])
  expect(tables('--suite', 'systems', '--class', 'fsync')).toEqual(['systems fsync'])
  expect(tables('--all')).toEqual(
    expect.arrayContaining(['libraries none', 'systems 1s', 'systems fsync', 'memory none']),
  )
})

it('measures everything fewer times where nothing else is asked for', () => {
  expect(parseOptions(['--all', '--rounds', '5']).parts.every(({ rounds }) => rounds === 5)).toBe(true)
  expect(parseOptions(['--suite', 'systems']).parts[0]!.rounds).toBe(1)
})

it('is quick by a sixth of the tasks, two rounds at most and no long backlogs, with every row', () => {
  const [quick, whole] = [parseOptions(['--all', '--quick']), parseOptions(['--all'])]
  expect(quick.scale).toBeCloseTo(1 / 6)
  expect(quick.parts.map(({ rounds }) => rounds)).toEqual(whole.parts.map(({ suite }) => Math.min(2, suite.rounds)))
  expect(new Set(quick.parts.map(({ rounds }) => rounds))).toEqual(new Set([1, 2]))
  const namesOf = ({ parts }: typeof quick) => parts.map(({ entries }) => entries.map(({ scenario }) => scenario.name))
  expect(namesOf(quick)).toEqual(namesOf(whole))
  const whoFills = (depth: string) =>
    quick.parts[1]!.entries.find(({ scenario }) => scenario.name === depth)!.contenders.map(({ name }) => name)
  expect(whoFills('depth-1000000')).toEqual(['mq'])
  expect(whoFills('depth-100000')).toContain('bullmq')
})

it('keeps to its class who has no other', () => {
  expect(hasClass(findContender('mq-memory')!, 'none')).toBe(true)
  expect(hasClass(findContender('mq-memory')!, 'fsync')).toBe(false)
  expect(hasClass(findContender('pg-boss')!, 'fsync')).toBe(true)
})

it.each([
  ['--rounds', '0'],
  ['--rounds', 'x'],
  ['--only', 'nothing'],
  ['--contenders', 'kafka'],
  ['--suite', 'nothing'],
  ['--class', 'raid'],
  ['--fast'],
  ['--contenders', 'qified', '--only', 'latency'],
])('refuses %s %s', (...args) => {
  expect(() => parseOptions(args)).toThrow(UsageError)
})

it('names what there is where something is unknown', () => {
  expect(() => parseOptions(['--contenders', 'kafka'])).toThrow(/unknown contender: kafka: mq, .*pg-boss.*better-queue/)
  expect(() => parseOptions(['--only', 'nothing'])).toThrow(/unknown scenario: nothing: enqueue, .*open-loop/)
  expect(() => parseOptions(['--class', 'raid'])).toThrow('unknown class: raid: none, 1s, fsync')
  expect(() => parseOptions(['--suite', 'x'])).toThrow('unknown suite: x: libraries, systems, memory')
})
