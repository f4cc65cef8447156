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
  /** Minutes or hours pass, so the case needs a virtual clock. */
  readonly longTime?: boolean
}

export function runTopic({ title, cases }: Topic, { describe, it }: Runner, options: ConformanceOptions): void {
  const skip = it.skip ?? ((skipped: string) => it(skipped, async () => undefined))

  const test: Test = (sentence, body, needs = {}) => {
    const { capability } = needs
    if (capability !== undefined && options.capabilities?.[capability] === false) {
      skip(`${sentence} (skipped: capabilities.${capability} is false)`, async () => undefined)
      return
    }
    it(sentence, async (context) => {
      const scene = await Scene.create(options)
      try {
        if (needs.longTime && scene.clock === undefined) return skipRunning(context, 'needs a virtual clock')
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
