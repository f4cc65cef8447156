import { defineConfig } from 'vitest/config'
import { APART, LONG, LONG_OF_TOOLS, project } from './vitest.shared.ts'
import { ProjectByProject } from './vitest.sequence.ts'

const report = process.env['MQ_TEST_REPORT']

export default defineConfig({
  test: {
    projects: [
      'packages/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      project('apart', { include: [...APART], exclude: ['**/node_modules/**'], isolate: true }),
      project('long', { include: [LONG], exclude: ['**/node_modules/**', LONG_OF_TOOLS] }),
      project('tools-long', { include: [LONG_OF_TOOLS], exclude: ['**/node_modules/**'] }),
    ],
    sequence: { sequencer: ProjectByProject },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
