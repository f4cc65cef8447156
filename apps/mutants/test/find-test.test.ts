import { describe, expect, it } from 'vitest'
import { bestOf, findTest, testFileOf } from '../src/find-test.ts'
import { root } from '../src/run-killer.ts'

const files = [
  testFileOf('a.test.ts', "describe('a worker', () => { it('is ready', go) })"),
  testFileOf('b.test.ts', "describe('a key', () => { it.each(KEYS)('%s', go) })"),
  testFileOf('c.test.ts', "it.for(OUTAGES)('while %s, waits', go)\nit(`by ${way}, is heard`, go)"),
  testFileOf('d.test.ts', "it('while writes are paused, waits', go)"),
]

function filesWith(test: string, under?: string): string[] {
  return bestOf(files, { test, ...(under !== undefined && { under }) }).map(({ file }) => file)
}

describe('the test of a defect', () => {
  it('is in the file that has its title, whatever the file is called', () => {
    expect(filesWith('is ready')).toEqual(['a.test.ts'])
    expect(filesWith('is gone')).toEqual([])
  })

  it('is found by a title that is put together', () => {
    expect(filesWith('while the server is full, waits')).toEqual(['c.test.ts'])
    expect(filesWith('by url, is heard')).toEqual(['c.test.ts'])
  })

  it('is rather the one whose title is written out', () => {
    expect(filesWith('while writes are paused, waits')).toEqual(['d.test.ts'])
  })

  it('of which nothing is written out is found by what is around it', () => {
    expect(filesWith('leases')).toEqual([])
    expect(filesWith('leases', 'a key')).toEqual(['b.test.ts'])
    expect(filesWith('leases', 'a worker')).toEqual([])
  })

  it('that is nowhere or in several files is an error that names it and them', () => {
    const lost = { in: 'core-tests', test: 'is a title that nobody has' }
    expect(() => findTest(root, lost)).toThrow('in 0 files of core-tests, not in one: is a title that nobody has')
    const both = [...files, testFileOf('e.test.ts', "it('is ready', go)")]
    expect(bestOf(both, { test: 'is ready' }).map(({ file }) => file)).toEqual(['a.test.ts', 'e.test.ts'])
  })

  it('is found where a function of the file prepares it', () => {
    const prepared = testFileOf(
      'f.test.ts',
      "kept('is gone with its queue', async (queue) => {})\nlog('is a word', text)",
    )
    expect(bestOf([prepared], { test: 'is gone with its queue' })).toEqual([prepared])
    expect(bestOf([prepared], { test: 'is a word' })).toEqual([])
  })

  it('that is a case of the conformance suite is in the file of its adapter that runs it', () => {
    const test = 'wakes an idle worker when a task is enqueued'
    for (const adapter of ['memory-adapter', 'redis-adapter']) {
      expect(findTest(root, { in: adapter, test })).toMatch(new RegExp(`^packages/${adapter}/test/.*\\.test\\.ts$`))
    }
  })
})
