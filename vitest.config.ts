import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { APART, project } from './vitest.shared.ts'
import { ProjectByProject } from './vitest.sequence.ts'

const report = process.env['MQ_TEST_REPORT']

export default defineConfig({
  test: {
    projects: [
      'packages/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      project('apart', { include: [...APART], exclude: ['**/node_modules/**'], isolate: true }),
    ],
    sequence: { sequencer: ProjectByProject },
    // Most tests wait for a server most of the time: more files at once than there are cores.
    maxWorkers: Math.max(4, availableParallelism()),
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
