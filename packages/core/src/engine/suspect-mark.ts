import type { Delivery } from './execution.ts'
import { withEntry, hasEntry } from './memos.ts'

/** No step has this name: a user's has at least one character. */
const MARK = ''

/** It was started together with other suspects before, so it runs alone the next time. */
export function isMarked({ memo }: Delivery): boolean {
  return hasEntry(memo, MARK)
}

/** Its memos, with the mark that it was. */
export function marked({ memo }: Delivery): string {
  return withEntry(memo, MARK)
}
