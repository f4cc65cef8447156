import type { Limits, Rate } from '../api/sharing-contract.ts'
import { whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'

export const LIMITS = ['concurrency', 'rate', 'keyConcurrency', 'keyRate', 'keyHold'] as const
export type LimitName = (typeof LIMITS)[number]

/** One of the limits in words; undefined: there is none. */
export function limitText({ concurrency, rate, perKey = {} }: Limits, name: LimitName): string | undefined {
  const tag = languageTag.value
  switch (name) {
    case 'concurrency':
      return concurrency === undefined ? undefined : whole(concurrency, tag)
    case 'rate':
      return rateText(rate)
    case 'keyConcurrency':
      return perKey.concurrency === undefined ? undefined : whole(perKey.concurrency, tag)
    case 'keyRate':
      return rateText(perKey.rate)
    case 'keyHold':
      return perKey.holdOnRetry ? words.value.limits.yes : undefined
  }
}

function rateText(rate: Rate | undefined): string | undefined {
  if (rate === undefined) return undefined
  const { limits: text } = words.value
  const tag = languageTag.value
  const burst = rate.burst === undefined ? [] : [text.burst(whole(rate.burst, tag))]
  return [text.perTime(whole(rate.count, tag), duration(rate.perMs, tag)), ...burst].join(', ')
}

/** All of them in a line. */
export function limitsLine(limits: Limits | false): string {
  const { limits: text } = words.value
  if (limits === false) return text.contestedNone
  const parts = LIMITS.flatMap((name) => {
    const value = limitText(limits, name)
    return value === undefined ? [] : [`${text[name]}: ${value}`]
  })
  return parts.length === 0 ? text.contestedNone : parts.join(' · ')
}
