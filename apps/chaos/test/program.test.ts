import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { parseOptions, UsageError } from '../src/options.ts'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')

it('kills a worker of mq, finds all promises kept, and says so', { timeout: 120_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mq-chaos-test-'))
  const report = join(directory, 'report.json')
  const args = ['--import', 'tsx', '--conditions', '@mq/source', MAIN, '--only', 'worker-killed', '--seeds', '7,']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, MQ_CHAOS_REPORT: report },
  })
  expect(stdout).toMatch(/\| worker-killed \|.*\| holds \|/)
  expect(stdout).toContain('seeds 7; pnpm chaos --only worker-killed --seeds 7,\n1 runs passed, 0 failed')
  expect(JSON.parse(await readFile(report, 'utf8'))).toEqual({ passed: 1, failed: 0, failures: [], again: [] })
  await rm(directory, { recursive: true })
})

it('reads its options', () => {
  const options = parseOptions(['--', '--profile', 'full', '--only', 'redis-killed,calm', '--seeds', '2'])
  expect(options.experiments.map(({ name }) => name)).toEqual(['redis-killed-everysec', 'redis-killed-always', 'calm'])
  expect(options).toMatchObject({ profile: { name: 'full' }, seeds: [1, 2], steadySeeds: [1, 2], contenders: ['mq'] })
  expect(parseOptions([])).toMatchObject({ seeds: [1, 2, 3], steadySeeds: [1] })
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
