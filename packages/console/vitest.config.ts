import { project, WAITING } from '../../vitest.shared.ts'

export default project('console', { maxWorkers: WAITING })
