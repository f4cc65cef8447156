export { isolate } from './isolate.ts'
export type { IsolatedHandler, IsolateOptions } from './isolate.ts'
export { IsolateError } from './isolate-error.ts'
export type { IsolateErrorCode } from './isolate-error.ts'
