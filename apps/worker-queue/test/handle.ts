// `mails.ts` is written as for `src/handlers`, which docs/first-queue.md tells to put it in.
export { handle } from '../src/handle.ts'
