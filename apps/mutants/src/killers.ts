import type { Killer } from './mutant.ts'

/** Tests by their titles, in the workspaces in which most of them are. */
export const core = (test: string): Killer => ({ in: 'core-tests', test })
export const redis = (test: string): Killer => ({ in: 'redis-adapter', test })
export const memory = (test: string): Killer => ({ in: 'memory-adapter', test })
