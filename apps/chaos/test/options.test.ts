import { expect, it } from 'vitest'
import { parseOptions, UsageError } from '../src/options.ts'

it('reads its options', () => {
  const options = parseOptions(['--', '--profile', 'full', '--only', 'redis-killed,calm', '--seeds', '2'])
  expect(options.experiments.map(({ name }) => name)).toEqual(['redis-killed-everysec', 'redis-killed-always', 'calm'])
  expect(options).toMatchObject({ profile: { name: 'full' }, seeds: [1, 2], steadySeeds: [1, 2], contenders: ['mq'] })
  expect(parseOptions([])).toMatchObject({ seeds: [1, 2], steadySeeds: [1] })
  expect(parseOptions(['--seeds', '5,9']).seeds).toEqual([5, 9])
})

it.each([
  ['an unknown experiment', ['--only', 'nothing']],
  ['an unknown profile', ['--profile', 'long']],
  ['an unknown contender', ['--contenders', 'other']],
  ['no seed', ['--seeds', '0']],
  ['an unknown option', ['--fast']],
])('refuses %s', (_, args) => {
  expect(() => parseOptions(args)).toThrow(UsageError)
})
