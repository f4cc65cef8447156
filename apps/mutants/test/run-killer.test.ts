import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findPlace } from '../src/find-place.ts'
import type { Edit, Killer } from '../src/mutant.ts'
import { Killers, root } from '../src/run-killer.ts'
import { sourcesOf } from '../src/sources.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const endGroup = (leader: number): void => void process.kill(-leader, 'SIGKILL')
const options = { main, timeoutMs: 100_000, endGroup }
const killer: Killer = { in: 'core-tests', test: 'is not forgotten for a turn that only settles' }
const place = (edit: Pick<Edit, 'find' | 'replace'>) => findPlace(sourcesOf(root, 'core'), { in: 'core', ...edit })
const broken = place({ find: 'else if (this.#dirty)', replace: 'else if (false)' })
const endless = place({ find: 'else if (this.#dirty)', replace: 'else if ((() => { for (;;); })())' })
const elsewhere = { file: 'packages/redis-adapter/src/keys.ts', start: 0, end: 0, text: '' }

describe('a process that runs killers', () => {
  it('sees each mutant alone, and none of the one before', async () => {
    await using killers = new Killers(1, options)
    expect(await killers.run([killer], [])).toEqual([{ state: 'passed' }])
    expect(await killers.run([killer], [broken])).toMatchObject([{ state: 'failed' }])
    expect(await killers.run([killer], [])).toEqual([{ state: 'passed' }])
    const absent = { ...killer, test: 'no such test' }
    expect(await killers.run([absent], [broken])).toMatchObject([{ state: 'absent' }])
  })

  it('says which mutant its test does not load', async () => {
    await using killers = new Killers(1, options)
    const [seen] = await killers.run([killer], [elsewhere])
    expect(seen).toEqual({ state: 'absent', why: `it does not load ${elsewhere.file}` })
  })

  it('is replaced when a test does not end', async () => {
    const given = { ...options, timeoutMs: 6_000 }
    await using killers = new Killers(1, given)
    expect(await killers.run([killer], [endless])).toEqual([{ state: 'unended' }])
    given.timeoutMs = options.timeoutMs
    expect(await killers.run([killer], [])).toEqual([{ state: 'passed' }])
  })
})
