import type { Clock } from '../clock.ts'
import { isFirst } from '../ports/layout.ts'
import type { TaskRef } from '../ports/task-ref.ts'
import type { Home } from './home.ts'
import { inTime } from './in-time.ts'
import type { Partitions } from './partitions.ts'

/**
 * Sees to it that what is asked for is looked for in all partitions that there are: those of a newer generation may be
 * known to others, and not here yet.
 */
export class Knowing {
  readonly #clock: Clock
  readonly #partitions: Partitions
  readonly #home: Pick<Home, 'sure' | 'lookAgain'>

  constructor(clock: Clock, partitions: Partitions, home: Pick<Home, 'sure' | 'lookAgain'>) {
    this.#clock = clock
    this.#partitions = partitions
    this.#home = home
  }

  /** Resolves when the partitions of these numbers are known, or there are none such. */
  async numbers(all: readonly string[]): Promise<void> {
    await this.#home.sure()
    if (all.some((n) => this.#partitions.isElsewhere(n))) await this.#home.lookAgain()
  }

  /** What is asked of all partitions; once more where there are others, as far as that can be known now. */
  async all<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    await this.#home.sure()
    const looking = inTime(this.#clock, this.#home.lookAgain()).catch(() => undefined)
    const [answer, isOther] = await Promise.all([ask(), looking])
    return isOther === true ? ask() : answer
  }

  /**
   * What is asked of all partitions for somebody who will go by it, as they are when it is answered: former ones may
   * have been removed meanwhile, and what they knew with them.
   */
  async now<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    await this.#home.sure()
    for (;;) {
      const { layout } = this.#partitions
      const answer = await ask()
      await inTime(this.#clock, this.#home.lookAgain()).catch(() => undefined)
      if (this.#partitions.isSame(layout)) return answer
    }
  }

  /** What is asked of some tasks; once more where one is not known and there are partitions that were not asked. */
  async tasks<Answer extends { readonly state: string }>(
    tasks: readonly TaskRef[],
    ask: () => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    await this.numbers(tasks.flatMap((task) => ('n' in task ? [task.n] : [])))
    const answers = await ask()
    // Its place may be another one's by now.
    const mayBeElsewhere = !isFirst(this.#partitions.layout)
    const isMissing = answers.some(({ state }, i) => state === 'unknown' && (mayBeElsewhere || 'id' in tasks[i]!))
    return isMissing && (await this.#home.lookAgain()) ? ask() : answers
  }
}
