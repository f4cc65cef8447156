import { defineQueue } from '@mq/core'
import { z } from 'zod'
import { handle } from '../handle.ts'

export const mails = defineQueue({
  name: 'mails',
  payload: z.object({ to: z.email(), subject: z.string().default('Hello') }),
  result: z.object({ sentTo: z.email() }),
  attempts: 5,
})

export default handle(mails, ({ logger }) => {
  // Once, when the process starts: open what all tasks share.
  logger.info('ready to send mails')
  return async ({ to, subject }, { logger, signal }) => {
    // For each task. Throw, and it is tried again; the signal says when to stop.
    signal.throwIfAborted()
    logger.info({ to }, `sending "${subject}"`)
    return { sentTo: to }
  }
})
