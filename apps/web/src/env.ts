import { sharedEnv, wholeNumber } from '@mq/app-kit'
import { z } from 'zod'

/** What `web` reads from its environment. */
export const webEnv = sharedEnv.extend({
  HOST: z.string().max(253).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(5000),
})
