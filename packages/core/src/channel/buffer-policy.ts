import { checkInteger, checkOptions, showWord } from '../define/check.ts'

/** What a subscriber does with messages that its handler is too slow for. */
export interface BufferOptions {
  /** How many messages may wait. Default 10,000. */
  readonly size?: number | undefined
  /**
   * `drop-oldest` (default) or `drop-newest`: one message is dropped and reported as a gap. `disconnect`: all waiting
   * messages are dropped, the gap is reported at once, and the subscription ends with `too-slow`.
   */
  readonly whenFull?: 'drop-oldest' | 'drop-newest' | 'disconnect' | undefined
}

export interface BufferPolicy {
  readonly size: number
  readonly whenFull: NonNullable<BufferOptions['whenFull']>
}

const POLICIES: readonly BufferOptions['whenFull'][] = ['drop-oldest', 'drop-newest', 'disconnect']
const DEFAULT_SIZE = 10_000
const MOST = 1_000_000

/** A plain number is a size. Throws a TypeError that names the option at fault. */
export function bufferPolicy(buffer: number | BufferOptions = DEFAULT_SIZE): BufferPolicy {
  if (typeof buffer !== 'object') return { size: checkInteger('buffer', buffer, 1, MOST), whenFull: 'drop-oldest' }
  buffer = checkOptions('buffer', buffer, ['size', 'whenFull'])
  const { size = DEFAULT_SIZE, whenFull = 'drop-oldest' } = buffer
  if (!POLICIES.includes(whenFull)) {
    throw new TypeError(
      `buffer.whenFull must be 'drop-oldest', 'drop-newest' or 'disconnect', not ${showWord(whenFull)}`,
    )
  }
  return { size: checkInteger('buffer.size', size, 1, MOST), whenFull }
}
