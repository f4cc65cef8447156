export { workerQueueEnv } from './env.ts'
export { startWorkers } from './start-workers.ts'
