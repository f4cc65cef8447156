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
      testTimeout: 30_000,
      hookTimeout: 120_000,
      ...test,
    },
  })
}
