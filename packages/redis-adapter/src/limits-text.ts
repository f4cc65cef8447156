import type { DefinedLimits, KeyLimits, QueueLimits, RateLimit } from '@mq/core/adapter'
import { MAX_LIMIT, MAX_RATE_MS } from '@mq/core/adapter'
import { NO_LIMITS } from './scripts/parts/shared-limits.ts'

const WORDS = NO_LIMITS.split(' ').length

/** Limits as they are stored: nine words, see `LIMITS_IN`. */
export function limitsText(limits: QueueLimits): string {
  const { perKey } = limits
  const words = [...bothOf(limits), ...bothOf(perKey ?? {}), perKey?.holdOnRetry ? 1 : undefined]
  return words.map((word) => word ?? '-').join(' ')
}

/** Of a definition: `false` is "off", and undefined ''. */
export function definedText(limits: DefinedLimits | undefined): string {
  if (limits === undefined) return ''
  return limits === false ? 'off' : limitsText(limits)
}

/** Undefined where it cannot be read: another program wrote it. */
export function parseLimits(text: string): QueueLimits | undefined {
  const words = text.split(' ')
  const numbers = words.map((word) => (/^[1-9]\d{0,10}$/.test(word) ? Number(word) : undefined))
  if (words.length !== WORDS || words.some((word, i) => word !== '-' && numbers[i] === undefined)) return undefined
  const [own, keys] = [parseBoth(numbers.slice(0, 4)), parseBoth(numbers.slice(4, 8))]
  if (own === undefined || keys === undefined) return undefined
  const perKey: KeyLimits = { ...keys, ...(numbers[8] === 1 ? { holdOnRetry: true } : undefined) }
  return { ...own, ...(Object.keys(perKey).length > 0 ? { perKey } : undefined) }
}

export function parseDefined(text: string): DefinedLimits | undefined {
  return text === 'off' ? false : parseLimits(text)
}

type Both = Pick<QueueLimits, 'concurrency' | 'rate'>

function bothOf({ concurrency, rate }: Both): (number | undefined)[] {
  return [concurrency, rate?.count, rate?.perMs, rate?.burst]
}

function parseBoth([concurrency, count, perMs, burst]: (number | undefined)[]): Both | undefined {
  const own = concurrency === undefined ? {} : { concurrency }
  if (concurrency !== undefined && concurrency > MAX_LIMIT) return undefined
  if (count === undefined && perMs === undefined && burst === undefined) return own
  if (count === undefined || perMs === undefined || burst === undefined) return undefined
  const rate: RateLimit = { count, perMs, burst }
  return count > MAX_LIMIT || perMs > MAX_RATE_MS || burst > count ? undefined : { ...own, rate }
}
