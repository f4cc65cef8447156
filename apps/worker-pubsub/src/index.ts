export { startSubscribers } from './start-subscribers.ts'
