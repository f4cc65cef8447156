import { relative, resolve } from 'node:path'
import type { TestModule, Vitest } from 'vitest/node'
import { createVitest } from 'vitest/node'
import { putIn } from './find-place.ts'
import type { Place } from './find-place.ts'

/** What one file's tests are run for. */
export interface KillerOrder {
  /** From the root of the repository. */
  readonly file: string
  readonly titles: readonly string[]
  /** None: the source as it is. */
  readonly places: readonly Place[]
}

/** What became of the tests of one file. */
export interface KillerReport {
  /** Why the file could not be run, or what was wrong beside its tests. */
  readonly message: string
  readonly tests: readonly {
    readonly title: string
    readonly status: string
    readonly messages: readonly string[]
  }[]
}

/**
 * One vitest for many mutants: what it has read and translated stays, and each order has a process of its own, in which
 * no module of another was loaded.
 */
export class KillerBench {
  readonly #root: string
  readonly #vitest: Vitest
  readonly #broken: Defects

  static async open(root: string, config: string): Promise<KillerBench> {
    const broken = new Defects(root)
    const options = { config, root, watch: false as const, cache: false as const, maxWorkers: 1, reporters: [{}] }
    // vitest has no word for the first argument's other value.
    const vitest = await createVitest('test', options, { plugins: [broken.plugin] })
    return new KillerBench(root, vitest, broken)
  }

  private constructor(root: string, vitest: Vitest, broken: Defects) {
    this.#root = root
    this.#vitest = vitest
    this.#broken = broken
  }

  async run({ file, titles, places }: KillerOrder): Promise<KillerReport> {
    const vitest = this.#vitest
    for (const changed of this.#broken.replace(places)) vitest.invalidateFile(changed)
    const path = resolve(this.#root, file)
    const project = vitest.projects[0]!
    vitest.state.clearFiles(project, [path])
    vitest.setGlobalTestNamePattern(new RegExp(titles.map((title) => `${escape(title)}$`).join('|')))
    const specification = project.createSpecification(path)
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification], false)
    const unloaded = this.#broken.unloaded()
    if (unloaded.length > 0) return { message: `it does not load ${unloaded.join(', ')}`, tests: [] }
    // Those of earlier orders are among them.
    const module = testModules.find(({ moduleId }) => moduleId === path)
    return module === undefined ? { message: textOf(unhandledErrors), tests: [] } : reportOf(module)
  }

  close(): Promise<void> {
    return this.#vitest.close()
  }
}

/** The defect that is put into the source as it is loaded; the files stay as they are. */
class Defects {
  readonly #root: string
  #places: readonly Place[] = []
  readonly #loaded = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  readonly plugin: NonNullable<NonNullable<Parameters<typeof createVitest>[2]>['plugins']>[number] = {
    name: 'mq-mutant',
    enforce: 'pre',
    transform: (source, id) => {
      const file = relative(this.#root, id.split('?', 1)[0]!)
      const places = this.#places.filter((place) => place.file === file)
      if (places.length === 0) return undefined
      this.#loaded.add(file)
      return putIn(source, places)
    },
  }

  /** Answers the files that have to be loaded anew. */
  replace(places: readonly Place[]): string[] {
    const files = new Set([...this.#places, ...places].map(({ file }) => resolve(this.#root, file)))
    this.#places = places
    this.#loaded.clear()
    return [...files]
  }

  unloaded(): string[] {
    return [...new Set(this.#places.map(({ file }) => file))].filter((file) => !this.#loaded.has(file))
  }
}

function reportOf(module: TestModule): KillerReport {
  const tests = [...module.children.allTests()].map((test) => {
    const { state, errors = [] } = test.result()
    return { title: test.name, status: state, messages: errors.map(({ stack, message }) => stack ?? message) }
  })
  return { message: textOf(module.errors()), tests }
}

function textOf(errors: readonly unknown[]): string {
  return errors.map((error) => (error as Error).message ?? String(error)).join('\n')
}

function escape(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
