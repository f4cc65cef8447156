import type { Attributes } from '@opentelemetry/api'
import { placeOf } from './attributes.ts'
import { Few } from './few.ts'

/** As many as `@mq/prometheus` shows queues. A program may have a queue for each of its users. */
const MOST_PLACES = 200
const OTHER = '_OTHER'

/** A task's place in metrics: that of one of the first 200 queues and groups, else `_OTHER`. Spans have every name. */
export class Places {
  readonly #few = new Few(MOST_PLACES)

  of(queue: string): Attributes {
    return placeOf(this.#few.of(queue) ?? OTHER)
  }
}
