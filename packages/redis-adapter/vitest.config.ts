import { project, WAITING } from '../../vitest.shared.ts'

export default project('redis-adapter', { maxWorkers: WAITING })
