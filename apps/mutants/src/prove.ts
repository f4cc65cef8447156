import type { Place } from './find-place.ts'
import type { Edit, Killer, Mutant } from './mutant.ts'
import { judge } from './verdict.ts'
import type { Seen, Verdict } from './verdict.ts'

export interface Bench {
  /** Throws where an edit has no place in the source, or several. */
  readonly locate: (edit: Edit) => Place
  /** Runs tests with a defect in these places, or with none, and answers what became of each. */
  readonly run: (killers: readonly Killer[], places: readonly Place[]) => Promise<readonly Seen[]>
  readonly onVerdict: (mutant: Mutant, verdict: Verdict, seconds: number) => void
}

/** Puts in each defect, and sees whether its test finds it. Answers how many were found, and how many were not. */
export async function prove(
  mutants: readonly Mutant[],
  atOnce: number,
  { locate, run, onVerdict }: Bench,
): Promise<{ readonly passed: number; readonly failed: number }> {
  // A test that is red anyway proves nothing.
  const controls = await run(
    mutants.map(({ killedBy }) => killedBy),
    [],
  )
  let passed = 0
  const next = mutants.entries()
  const proveSome = async (): Promise<void> => {
    for (const [i, mutant] of next) {
      const begin = performance.now()
      const verdict = await proveOne(mutant, controls[i]!)
      if (verdict.killed) passed++
      onVerdict(mutant, verdict, (performance.now() - begin) / 1_000)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, proveSome))
  return { passed, failed: mutants.length - passed }

  async function proveOne(mutant: Mutant, control: Seen): Promise<Verdict> {
    let places: readonly Place[]
    try {
      places = mutant.edits.map(locate)
    } catch (thrown) {
      return { killed: false, word: String(thrown) }
    }
    const [seen] = await run([mutant.killedBy], places)
    return judge(mutant, control, seen!)
  }
}
