import { project, WAITING } from '../../vitest.shared.ts'

export default project('web', { maxWorkers: WAITING })
