import { checkInteger, invalidOption, readable } from '../define/check-call.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import type { GroupStart } from '../ports/group-driver.ts'

/** Where a group begins, or is set to. Throws `invalid-options`. */
export function checkStart(option: string, start: GroupStart): GroupStart {
  if (start === 'latest' || start === 'earliest') return start
  if (typeof start === 'object' && start !== null) {
    const { sinceMs, epoch, n, isSince } = readable(option, start, () => partsOf(start))
    if (isSince) return { sinceMs: checkInteger(`${option}.sinceMs`, sinceMs, 0, MAX_DELAY_MS) }
    if (typeof epoch === 'string' && /^[\w-]{1,64}$/.test(epoch)) {
      return { position: { epoch, n: checkInteger(`${option}.position.n`, n, 0, Number.MAX_SAFE_INTEGER) } }
    }
  }
  const message = `${option} is 'latest', 'earliest', { position } as publish answers it, or { sinceMs }`
  throw invalidOption(option, message, start)
}

function partsOf(start: Exclude<GroupStart, string>) {
  if ('sinceMs' in start) return { isSince: true, sinceMs: start.sinceMs }
  const { epoch, n } = start.position ?? {}
  return { isSince: false, epoch, n }
}
