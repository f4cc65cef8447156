import type { Contender } from './contender.ts'

async function refuse(): Promise<never> {
  throw new Error('this contender has channels only')
}

/** For a contender that takes part in publishing and in nothing else. */
export const NO_QUEUE: Pick<Contender, 'connectProducer' | 'connectWorker'> = {
  connectProducer: refuse,
  connectWorker: refuse,
}
