// `mails.ts` is written as for `src/handlers`, where docs/first-queue.md puts it.
export { handle } from '../src/handle.ts'
