import type { Capabilities } from '@mq/core'
import type { ConformanceOptions, Runner } from './runner.ts'
import { Scene } from './scene.ts'

/** A group of cases about one thing. Titles are sentences about an adapter. */
export interface Topic {
  readonly title: string
  readonly cases: (test: Test) => void
}

export type Test = (title: string, body: (scene: Scene) => Promise<void>, needs?: Needs) => void

export interface Needs {
  readonly capability?: keyof Capabilities
  /** What an adapter may leave out. */
  readonly part?: OptionalPart
  /** Minutes or hours pass, so the case needs a virtual clock. */
  readonly longTime?: boolean
}

/** A part of the ports that is undefined where an adapter leaves it out. */
export interface OptionalPart {
  /** For the reason why a case is skipped. */
  readonly name: string
  of(scene: Scene): Promise<unknown>
}

export function runTopic({ title, cases }: Topic, { describe, it }: Runner, options: ConformanceOptions): void {
  const skip = it.skip ?? ((skipped: string) => it(skipped, async () => undefined))

  const test: Test = (sentence, body, needs = {}) => {
    const { capability, part } = needs
    if (capability !== undefined && options.capabilities?.[capability] === false) {
      skip(`${sentence} (skipped: capabilities.${capability} is false)`, async () => undefined)
      return
    }
    it(sentence, async (context) => {
      const scene = await Scene.create(options)
      try {
        if (needs.longTime && scene.clock === undefined) return skipRunning(context, 'needs a virtual clock')
        if (part && (await part.of(scene)) === undefined) return skipRunning(context, `the adapter has no ${part.name}`)
        await body(scene)
      } finally {
        await scene.end()
      }
    })
  }
  describe(title, () => cases(test))
}

/** Runners pass a context to a test that can skip it while it runs. */
function skipRunning(context: unknown, reason: string): void {
  if (typeof context === 'object' && context !== null && 'skip' in context && typeof context.skip === 'function') {
    context.skip(reason)
  }
}
