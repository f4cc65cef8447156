import type { DefinedLimits, KeyLimits, QueueLimits } from './queue-limits.ts'

/** Whether both say the same, however it is written. `false`, none, differs from undefined, which says nothing. */
export function areSameLimits(one: DefinedLimits | undefined, other: DefinedLimits | undefined): boolean {
  return textOf(one) === textOf(other)
}

function textOf(limits: DefinedLimits | undefined): string {
  if (limits === undefined || limits === false) return String(limits)
  const { perKey = {} as KeyLimits } = limits
  return JSON.stringify([bothOf(limits), bothOf(perKey), perKey.holdOnRetry ?? false])
}

function bothOf({ concurrency, rate }: Pick<QueueLimits, 'concurrency' | 'rate'>): unknown[] {
  return [concurrency, rate?.count, rate?.perMs, rate?.burst]
}
