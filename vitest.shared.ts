import { fileURLToPath } from 'node:url'
import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/** Tests run on source: workspace packages resolve by their `@mq/source` condition, so nothing has to be built first. */
export function project(name: string, test: UserWorkspaceConfig['test'] = {}): UserWorkspaceConfig {
  const conditions = ['@mq/source', 'module', 'node', 'development|production']
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      include: ['{src,test}/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('vitest.patience.ts', import.meta.url))],
      // They end what hangs. Beside much other work a test may take twenty times as long as alone.
      testTimeout: 120_000,
      hookTimeout: 240_000,
      ...test,
    },
  })
}
