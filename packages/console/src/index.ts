export { mqConsole } from './mq-console.ts'
export type { ConsoleOptions } from './options.ts'
export type { Role } from './access/role.ts'
