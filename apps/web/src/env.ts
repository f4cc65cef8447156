import { sharedEnv, wholeNumber } from '@mq/app-kit'
import { groupName } from '@mq/contracts'
import { z } from 'zod'

/** What `web` reads from its environment. */
export const webEnv = sharedEnv.extend({
  HOST: z.string().max(253).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(5000),
  /** How many tasks may wait in `prodcons` until requests are answered 429. Default: what its definition says. */
  QUEUE_CAPACITY: wholeNumber(1, 1_000_000_000).optional(),
  /** Host names to answer under, with commas between, beside addresses, `localhost` and HOST: those of a proxy, say. */
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
