export { webEnv } from './env.ts'
export { LISTENING, startWeb } from './start-web.ts'
