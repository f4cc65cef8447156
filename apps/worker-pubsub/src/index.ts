export { workerPubsubEnv } from './env.ts'
export { startSubscribers } from './start-subscribers.ts'
