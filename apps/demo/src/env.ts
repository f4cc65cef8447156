import { webEnv } from '@mq/web'

/** What `demo` reads from its environment; the apps that it starts read their own from the same. */
export const demoEnv = webEnv.extend({
  /** Without it, the demo starts a Redis of its own. */
  REDIS_URL: webEnv.shape.REDIS_URL.unwrap().optional(),
})
