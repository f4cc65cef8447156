import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/**
 * `pnpm test` has built what ships, and runs each package's tests on the others as they ship: Node loads one file where vite would transform
 * a hundred, which is a quarter of all the processor time. Else tests run on source: nothing has to be built before.
 */
const isBuilt = process.env['MQ_TEST_BUILT'] === '1'
/** Those of Node, without vite's `module`: what `@opentelemetry/api` has there is for bundlers, and Node cannot load it. */
const conditions = [...(isBuilt ? [] : ['@mq/source']), 'node', 'development|production']

/**
 * Test files that look at their process as a whole: what it holds in memory, what it reports for all its brokers together, what nobody
 * caught. They have one of their own; the others follow one another in a process that has loaded its modules, which takes half as long.
 */
export const APART: readonly string[] = [
  'packages/memory-adapter/test/bounds.test.ts',
  'packages/core-tests/test/channel/given-up.test.ts',
  'packages/core-tests/test/handler/signal-listeners.test.ts',
  'packages/core-tests/test/handler/unreturned.test.ts',
  'packages/core-tests/test/values/hostile.test.ts',
  'packages/redis-adapter/test/client/connection-ends.test.ts',
  'packages/redis-adapter/test/client/handle-size.test.ts',
  'packages/redis-adapter/test/client/waiters.test.ts',
]

/** What a package's own run leaves out, and the watcher's: it takes longer than all else there together. `pnpm test` runs it. */
export const LONG = '{packages,apps}/*/test/**/*.long.test.ts'
/** The tools by which mq is measured and broken, which nobody installs: `pnpm test:tools` runs their tests, and `pnpm test` does not. */
export const LONG_OF_TOOLS = 'apps/{bench,chaos,mutants}/test/**/*.long.test.ts'

/**
 * Test files that take longer than ten seconds, longest first. They are begun before all others, or in the end one core would wait for the
 * other: in a fresh clone vitest knows no file's time, and these are not the largest.
 */
export const LONGEST: readonly string[] = [
  'apps/bench/test/micro-runs.test.ts',
  'apps/demo/test/weather.test.ts',
  'apps/examples/test/programs.test.ts',
  'apps/examples/test/elsewhere.test.ts',
  'packages/redis-adapter/test/conformance.test.ts',
  'apps/mutants/test/run-killer.test.ts',
  'apps/demo/test/demo.test.ts',
  'packages/console/test/browser/processes.test.ts',
  'apps/web/test/browser.test.ts',
  'apps/examples/test/cluster.test.ts',
  'packages/redis-adapter/test/outage/planned-failover.test.ts',
  'packages/redis-adapter/test/outage/network.test.ts',
  'apps/bench/test/program.long.test.ts',
  'packages/redis-adapter/test/queue-model.test.ts',
  'apps/chaos/test/program.long.test.ts',
]

/** Of tests that wait for a server most of the time: more files at once than there are cores. */
export const WAITING: number = Math.max(6, availableParallelism())
/** Of one package, as its watcher does it. */
export const isOwnRun: boolean = process.cwd() !== import.meta.dirname

export function project(name: string, test: UserWorkspaceConfig['test'] = {}): UserWorkspaceConfig {
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      include: ['{src,test}/**/*.test.ts'],
      exclude: [
        '**/node_modules/**',
        '**/*.long.test.ts',
        ...APART.map((file) => fileURLToPath(new URL(file, import.meta.url))),
      ],
      isolate: false,
      // Not that of the apps, which loads handlers by file, and those are of TypeScript here.
      server: { deps: { external: [/\/packages\/(?!app-kit\/)[a-z-]+\/dist\//] } },
      // What runs together has to have the same number. Run alone, most packages wait for nothing.
      maxWorkers: isOwnRun ? availableParallelism() : WAITING,
      setupFiles: [fileURLToPath(new URL('vitest.patience.ts', import.meta.url))],
      // They end what hangs. Beside much other work a test may take twenty times as long as alone.
      testTimeout: 120_000,
      hookTimeout: 240_000,
      // As long as `vi.waitFor` (vitest.patience.ts), for the same reason: its own second says how busy the machine is.
      expect: { poll: { timeout: 60_000 } },
      ...test,
    },
  })
}
