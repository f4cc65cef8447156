/** One piece of source that is replaced. */
export interface Edit {
  /** A folder in `packages`. */
  readonly in: string
  /**
   * Code that is there exactly once, in whichever file: compared token by token, so neither its formatting nor comments
   * count. A word such as `$x` is any word, the same wherever it comes again: for locals that somebody may rename,
   * and not for keys, arguments and what parts of a script give each other.
   */
  readonly find: string
  /** What is declared around it (a class, a function, a constant), where the same code is also elsewhere. */
  readonly within?: string
  /** May use the words that `find` found. */
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

/** Found by its title, in whichever file of a workspace's tests. */
export interface Killer {
  /**
   * The workspace whose test it is: a folder in `packages`. A case of the conformance suite is of the adapter that it
   * is run on.
   */
  readonly in: string
  /** Its title, without those of the groups around it. */
  readonly test: string
  /** The title of a group around it, where the title alone is not enough. */
  readonly under?: string
  /** What its failure says, where that is the mutant's own error and not what the test asserts. */
  readonly sees?: string
}
