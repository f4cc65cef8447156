export { buildApp } from './app.ts'
export { webEnv } from './env.ts'
export { enqueueTaskSchema } from './routes/tasks.ts'
export { LISTENING, startWeb } from './start-web.ts'
