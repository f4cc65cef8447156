import type { Contender } from './contender.ts'

/** By name, each loaded only by who uses it: a process of mq shall not pay for its peers. */
const LOADERS: Readonly<Record<string, () => Promise<Contender>>> = {
  mq: async () => (await import('./mq.ts')).mq,
  bullmq: async () => (await import('./bullmq.ts')).bullmq,
  'bee-queue': async () => (await import('./bee-queue.ts')).beeQueue,
}

export const CONTENDERS: readonly string[] = Object.keys(LOADERS)

export async function loadContender(name: string): Promise<Contender> {
  const load = LOADERS[name]
  if (!load) throw new TypeError(`unknown contender: ${name}: ${CONTENDERS.join(', ')}`)
  return load()
}
