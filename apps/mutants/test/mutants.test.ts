import { describe, expect, it } from 'vitest'
import { mutants } from '../src/defects/all.ts'
import { findPlace, putIn } from '../src/find-place.ts'
import { findTest } from '../src/find-test.ts'
import type { KillerReport } from '../src/killer-bench.ts'
import type { Mutant } from '../src/mutant.ts'
import { prove } from '../src/prove.ts'
import { lookUp, root } from '../src/run-killer.ts'
import { sourceOf, sourcesOf } from '../src/sources.ts'
import type { Seen } from '../src/verdict.ts'

const passed: Seen = { state: 'passed' }
const found: Seen = { state: 'failed', message: 'AssertionError: expected 2 to be 1' }

function mutant(more: Partial<Mutant> = {}): Mutant {
  const edits = [{ in: 'core', find: 'const a = 1', replace: 'const a = 2' }]
  return { name: 'm', says: 'a is wrong', edits, killedBy: { in: 'core', test: 'a is 1' }, ...more }
}

/** Proves one mutant, whose test does this without it and that with it; answers the counts and what was said. */
async function verdictOn(
  seen: Seen,
  {
    control = passed,
    source = 'const a = 1\n',
    more = {},
  }: { control?: Seen; source?: string; more?: Partial<Mutant> } = {},
): Promise<{ counts: { passed: number; failed: number }; word: string; runs: number }> {
  let word = ''
  let runs = 0
  const counts = await prove([mutant(more)], 1, {
    locate: (edit) => findPlace([sourceOf('a.ts', source)], edit),
    async run(killers, places) {
      if (places.length > 0) runs++
      return killers.map(() => (places.length === 0 ? control : seen))
    },
    onVerdict: (_, verdict) => (word = verdict.word),
  })
  return { counts, word, runs }
}

const KILLED = { passed: 1, failed: 0 }
const FAILED = { passed: 0, failed: 1 }

describe('a mutant', () => {
  it('is killed when its test finds something wrong, which it does not without it', async () => {
    expect(await verdictOn(found)).toEqual({ counts: KILLED, word: 'killed', runs: 1 })
  })

  it('that survives is a failure', async () => {
    expect(await verdictOn(passed)).toMatchObject({ counts: FAILED, word: 'SURVIVED' })
  })

  it('is not killed by a test that is red anyway', async () => {
    const { counts, word } = await verdictOn(found, { control: found })
    expect(counts).toEqual(FAILED)
    expect(word).toMatch(/proves nothing: without the mutant its test stumbled: AssertionError/)
  })

  it('is not killed by a test that stumbles over something else, unless that is what it has to see', async () => {
    const stumbled: Seen = { state: 'failed', message: 'SyntaxError: no such thing' }
    expect(await verdictOn(stumbled)).toMatchObject({ counts: FAILED })
    const killedBy = { in: 'core', test: 'a is 1', sees: 'no such thing' }
    expect(await verdictOn(stumbled, { more: { killedBy } })).toMatchObject({ counts: KILLED })
    expect(await verdictOn(found, { more: { killedBy } })).toMatchObject({ counts: FAILED })
  })

  it('is not killed by a test that did not run', async () => {
    const absent: Seen = { state: 'absent', why: 'its file could not be loaded' }
    expect(await verdictOn(absent)).toMatchObject({
      counts: FAILED,
      word: expect.stringContaining('could not be loaded'),
    })
  })

  it('is killed by a hang only where it says that it hangs', async () => {
    const timedOut: Seen = { state: 'failed', message: 'Error: Test timed out in 20000ms.' }
    for (const seen of [timedOut, { state: 'unended' } as const]) {
      expect(await verdictOn(seen)).toMatchObject({ counts: FAILED })
      expect(await verdictOn(seen, { more: { hangs: true } })).toMatchObject({ counts: KILLED })
    }
    expect(await verdictOn(found, { more: { hangs: true } })).toMatchObject({ counts: FAILED })
  })

  it.each(['const b = 1\n', 'const a = 1\nconst a = 1\n'])(
    'whose place is not found once fails, unrun: %j',
    async (source) => {
      const { counts, word, runs } = await verdictOn(found, { source })
      expect(counts).toEqual(FAILED)
      expect(word).toMatch(/found [02] times, not once: const a = 1 \(.*a\.ts:1/)
      expect(runs).toBe(0)
    },
  )
})

describe('the test of a mutant', () => {
  const report = (...tests: [title: string, status: string][]): KillerReport => {
    return { message: '', tests: tests.map(([title, status]) => ({ title, status, messages: ['why'] })) }
  }

  it('is looked up by its title', () => {
    expect(lookUp(report(['b is 1', 'failed'], ['a is 1', 'passed']), 'a is 1')).toEqual(passed)
    expect(lookUp(report(['a is 1', 'failed']), 'a is 1')).toEqual({ state: 'failed', message: 'why' })
  })

  it('is absent when it is renamed, skipped, twice there, or in a file that was not run', () => {
    expect(lookUp(report(['a is one', 'passed']), 'a is 1')).toMatchObject({ state: 'absent' })
    expect(lookUp(report(['a is 1', 'skipped']), 'a is 1')).toMatchObject({ state: 'absent' })
    expect(lookUp(report(['a is 1', 'passed'], ['a is 1', 'failed']), 'a is 1')).toMatchObject({ state: 'absent' })
    expect(lookUp({ message: 'no such file', tests: [] }, 'a is 1')).toEqual({ state: 'absent', why: 'no such file' })
  })
})

describe('the mutants of mq', () => {
  it('have names of their own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  })

  it.each(mutants)('$name: the source has its places, and its test is there', ({ edits, killedBy }) => {
    for (const edit of edits) {
      const sources = sourcesOf(root, edit.in)
      const place = findPlace(sources, edit)
      const { text } = sources.find(({ file }) => file === place.file)!
      expect(putIn(text, [place])).not.toBe(text)
    }
    expect(findTest(root, killedBy)).toMatch(/\.test\.ts$/)
  })
})
