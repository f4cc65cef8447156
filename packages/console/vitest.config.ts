import { fileURLToPath } from 'node:url'
import { project, WAITING } from '../../vitest.shared.ts'

export default project('console', {
  maxWorkers: WAITING,
  globalSetup: [fileURLToPath(new URL('test/build-page.ts', import.meta.url))],
})
