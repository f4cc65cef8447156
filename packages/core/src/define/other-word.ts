/**
 * The names that other queues have for an option. For such a word the error names the first of our options here that
 * the call has; if it has none, the place where it can be set.
 */
const WORDS: Readonly<Record<string, { readonly here?: readonly string[]; readonly elsewhere?: string }>> = {
  delay: { here: ['delayMs', 'baseMs'] },
  jobId: { here: ['id'] },
  taskId: { here: ['id'] },
  type: { here: ['kind'] },
  attempts: { elsewhere: 'the attempts of all tasks of a queue are set in defineQueue' },
  retries: { here: ['attempts'], elsewhere: 'the attempts of a queue are set in defineQueue' },
  maxRetries: { here: ['attempts'], elsewhere: 'the attempts of a queue are set in defineQueue' },
  maxAttempts: { here: ['attempts'], elsewhere: 'the attempts of a queue are set in defineQueue' },
  backoff: { elsewhere: 'the backoff of a queue is set in defineQueue' },
  timeout: { here: ['timeoutMs', 'deadlineMs'] },
  ttl: { here: ['expiresInMs', 'windowMs', 'timeoutMs'] },
  expiresIn: { here: ['expiresInMs'] },
  deduplication: { here: ['dedupe'] },
  debounce: { here: ['dedupe'] },
  throttle: { here: ['dedupe'] },
  data: { here: ['payload', 'message'] },
  body: { here: ['payload', 'message'] },
  schema: { here: ['payload', 'message'] },
  value: { here: ['payload', 'message'] },
  lockDuration: { here: ['leaseMs'] },
  visibilityTimeout: { here: ['leaseMs'] },
  concurrency: { elsewhere: 'the concurrency of a worker is in process(handler, { concurrency })' },
  removeOnComplete: { here: ['keep'], elsewhere: 'what is kept of ended tasks is set in defineQueue' },
  removeOnFail: { here: ['keep'], elsewhere: 'what is kept of ended tasks is set in defineQueue' },
  keepResults: { here: ['keep'], elsewhere: 'what is kept of ended tasks is set in defineQueue' },
  keep: { elsewhere: 'what is kept of ended tasks is set in defineQueue' },
  maxSize: { here: ['capacity', 'size'] },
  connection: { elsewhere: 'the address of Redis is an option of the adapter: redisAdapter({ url })' },
  redis: { elsewhere: 'the address of Redis is an option of the adapter: redisAdapter({ url })' },
  prefix: { elsewhere: 'the prefix is an option of the adapter: redisAdapter({ url, prefix })' },
}

/** `delay is delayMs here`, or nothing. Also of a duration without its unit. */
export function otherWord(option: string, known: readonly string[]): string {
  const word = Object.hasOwn(WORDS, option) ? WORDS[option] : undefined
  const name = [...(word?.here ?? []), `${option}Ms`].find((each) => known.includes(each))
  return name === undefined ? (word?.elsewhere ?? '') : `${option} is ${name} here`
}
