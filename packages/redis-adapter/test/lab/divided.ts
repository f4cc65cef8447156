import { firstLayout, parseLayout } from '@mq/core/adapter'
import type { Layout } from '@mq/core/adapter'

/** The layout of a queue that has so many partitions from its first call on: as it is wanted, or as decided, s. */
export function divided(of: number, madeS?: number): Layout {
  return firstLayout(of, madeS)
}

/** As it is stored. */
export function laidOut(text: string): Layout {
  return parseLayout(text)!
}
