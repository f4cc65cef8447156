import { webEnv } from '@mq/web'

/** The environment variables of `demo`; the apps that it starts read their own from the same environment. */
export const demoEnv = webEnv.extend({
  /** Without it, the demo starts a Redis of its own. */
  REDIS_URL: webEnv.shape.REDIS_URL.unwrap()
    .optional()
    .describe('where Redis or Valkey is; without it, the demo starts a Redis of its own'),
})
