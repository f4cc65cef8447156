import type { ParentRef, TaskFamily } from '@mq/core/adapter'

const LETTERS = { bury: 'b', run: 'r', cancel: 'c' } as const
const WORDS = { b: 'bury', r: 'run', c: 'cancel' } as const

/** "onDead depth delay count;", then its parents in their order: "@queue" where it is another than before, and "n" or "n=id" for each. */
export function familyText({ onDead, depth, parents }: TaskFamily, delayMs: number): string {
  const words: string[] = []
  let last: string | undefined
  for (const { queue, n, id } of parents) {
    if (queue !== last) words.push(`@${queue}`)
    words.push(id === undefined ? n : `${n}=${encodeURIComponent(id)}`)
    last = queue
  }
  return `${LETTERS[onDead]} ${depth} ${Math.ceil(delayMs)} ${parents.length};${words.join(' ')}`
}

/** Undefined where another program wrote it. */
export function parseOnDead(letter: string): TaskFamily['onDead'] | undefined {
  return WORDS[letter as keyof typeof WORDS]
}

/** Of "queue n" or "queue n=id". */
export function parseParent(text: string): ParentRef {
  const [queue = '', rest = ''] = text.split(' ', 2)
  const [n = '', id] = rest.split('=', 2)
  return id === undefined ? { queue, n } : { queue, n, id: decodeURIComponent(id) }
}
