import { healthEnv, listsEnv, otherLists, rawEnv, sharedEnv, wholeNumber } from '@mq/app-kit'
import { groupName } from '@mq/contracts'
import { z } from 'zod'

const consoleToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,512}$/, 'must have 16 to 512 characters without spaces')
  .optional()

/** The environment variables of `web`. */
export const webEnv = sharedEnv.extend({
  ...healthEnv,
  HOST: z.string().max(253).default('127.0.0.1').describe('the address to listen on'),
  PORT: wholeNumber(0, 65_535).default(5000).describe('the port to listen on; 0 takes a free one'),
  DRAIN_MS: wholeNumber(0, 600_000)
    .default(0)
    .describe('how long it goes on serving after SIGTERM, while /health/ready says 503; then the grace period begins'),
  QUEUE_CAPACITY: wholeNumber(1, 1_000_000_000)
    .optional()
    .describe('how many tasks may wait in prodcons before it answers 429 (100000)'),
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
    .default([])
    .describe('host names with commas between, accepted besides addresses, localhost and HOST: those of a proxy'),
  CONSOLE_TOKEN: consoleToken.describe(
    'the token of an operator for /console; without one only this machine has access',
  ),
  CONSOLE_VIEWER_TOKEN: consoleToken.describe('the token of a viewer for /console, who changes nothing'),
  CONSOLE_READ_ONLY: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('nothing can be changed through /console'),
  ...listsEnv,
  ...rawEnv,
  GROUP: groupName,
})

/** With what two variables must not be together. */
export const checkedWebEnv = webEnv.refine(otherLists.check, { ...otherLists, when: () => true })
