/** One piece of source that is replaced. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Stands exactly once in `file`: otherwise the code has moved, and the mutant must be rewritten. */
  readonly find: string
  readonly replace: string
}

/** A defect, put into the source on purpose, and the test that has to see it. */
export interface Mutant {
  readonly name: string
  /** What a user would suffer. */
  readonly says: string
  readonly edits: readonly Edit[]
  readonly killedBy: Killer
  /** The test does not end, instead of finding something wrong. */
  readonly hangs?: boolean
}

export interface Killer {
  /** From the root of the repository. */
  readonly file: string
  /** The test's title, without those of the groups around it. */
  readonly test: string
  /** What its failure says, where that is the mutant's own error and not what the test asserts. */
  readonly sees?: string
}

/** A mutant whose place in the source is not found any more proves nothing, so this must not go by in silence. */
export function mutate(source: string, { file, find, replace }: Edit): string {
  const parts = source.split(find)
  if (parts.length !== 2) {
    throw new Error(`the code moved, rewrite the mutant: ${parts.length - 1} times in ${file}, not once: ${find}`)
  }
  return parts.join(replace)
}
