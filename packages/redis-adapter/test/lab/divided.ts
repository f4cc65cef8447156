import { parseLayout } from '@mq/core/adapter'
import type { Layout } from '@mq/core/adapter'

/** The layout of a queue that has so many partitions from its first call on. */
export function divided(of: number): Layout {
  return parseLayout(`p${of}`)!
}
