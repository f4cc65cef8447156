import { sharedEnv, wholeNumber } from '@mq/app-kit'
import { groupName } from '@mq/contracts'
import { z } from 'zod'

/** The environment variables of `web`. */
export const webEnv = sharedEnv.extend({
  HOST: z.string().max(253).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(5000),
  /**
   * How many tasks may wait in `prodcons` before requests are answered with 429. Default: the capacity of its
   * definition.
   */
  QUEUE_CAPACITY: wholeNumber(1, 1_000_000_000).optional(),
  /**
   * Host names that are accepted besides addresses, `localhost` and HOST, separated by commas, for example those of a
   * proxy.
   */
  ALLOWED_HOSTS: z
    .string()
    .max(10_000)
    .transform((text) =>
      text
        .toLowerCase()
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    )
    .default([]),
  /** The group of `pubsub-log` whose lag the page shows. */
  GROUP: groupName,
})
