import type { PageQuery } from '@mq/core/adapter'
import { MAX_LEVEL, refuseCursor } from '@mq/core/adapter'
import { argumentsOf, lengthOf } from '../arguments.ts'
import { BLOCKED } from '../parts/flow.ts'
import { keyId } from '../parts/keys.ts'

/** `key`: as it is stored, or ''. */
export const PAGE = { state: 'text', limit: 'number', maxBytes: 'number', hasPayloads: 'flag', key: 'text' } as const
/** Where in ARGV a place begins, that of the state. All of it is '' for the first page. */
export const AT: number = lengthOf(PAGE) + 1

/**
 * `line`: a level, or s, the suspects. `index` in it and how many were `left`, or '': it is to be begun. Then ANCHOR
 * for each.
 */
export const IN_LINE = { line: 'text', index: 'number', left: 'number' } as const
/** In place of the first: `line` is k, and `place` the last place that was listed, in hexadecimal, or ''. */
export const IN_KEYS = { line: 'text', place: 'text' } as const
/** A number that was listed, and how many of its leases had ended. */
export const ANCHOR = { n: 'text', run: 'text' } as const
/** Behind that time, level and member (in hexadecimal); up to the time `till`, '' where that is not known yet. */
export const IN_LATER = { due: 'text', dueLevel: 'number', member: 'text', till: 'number' } as const
/** Behind the number `floor`, up to `top`, 0 for any; `scan`: from there on of ZSCAN, or ''. */
export const IN_LEASES = { floor: 'number', top: 'number', scan: 'text' } as const
/** Behind the number `last`, which was at `index` from the tail. */
export const IN_ORDER = { index: 'number', last: 'text' } as const

const WAITING = /^([0-9s])(?::(\d{1,15}):(\d{1,15})((?::\d{1,16}:\d{1,9}){0,4}))?$/
const KEYED = /^k(?::((?:[0-9a-f]{2}){1,1080}))?$/
const DELAYED =
  /^(-?inf|-?\d{1,17}|-?\d(?:\.\d+)?e[+]?\d{1,3}|-?\d+\.\d+):([0-9]):((?:[0-9a-f]{2}){1,41}):(-?\d{1,310}|-?inf)$/
const RUNNING = /^(\d{1,16}):(\d{1,16})(?::(\d{1,20}))?$/
const ENDED = /^(\d{1,15}):(\d{1,16})$/
const MAX_SCAN = 2n ** 64n - 1n

export function pageArguments(
  { state, key, after, limit, payloads = false }: PageQuery,
  maxBytes: number,
): (string | number)[] {
  const id = key === undefined ? '' : keyId(key)
  return [...argumentsOf(PAGE, { state, limit, maxBytes, hasPayloads: payloads, key: id }), ...placeOf(state, after)]
}

/** Of a cursor, which may come from anybody: whatever is of this form only says where to go on. */
function placeOf(state: PageQuery['state'], after: string | undefined): (string | number)[] {
  switch (state) {
    case 'waiting': {
      const keyed = KEYED.exec(after ?? '')
      if (keyed) return argumentsOf(IN_KEYS, { line: 'k', place: keyed[1] ?? '' })
      const [, line = '', index = '', left = '', anchors = ''] = parse(WAITING, after)
      return [
        ...argumentsOf(IN_LINE, { line, index: number(index), left: number(left) }),
        ...anchors.split(':').slice(1),
      ]
    }
    case 'blocked':
    case 'delayed': {
      // All of them, before the first of any level.
      if (state === 'blocked' && after === undefined)
        return argumentsOf(IN_LATER, { due: String(BLOCKED), dueLevel: MAX_LEVEL + 1, member: '', till: '' as const })
      const [, due = '', level = '', member = '', till = ''] = parse(DELAYED, after)
      if (!due.endsWith('inf') && !Number.isFinite(Number(due))) refuseCursor()
      if (state === 'blocked' && !(Number(due) >= BLOCKED)) refuseCursor()
      return argumentsOf(IN_LATER, { due, dueLevel: number(level), member, till: till as '' })
    }
    case 'running': {
      const [, floor = '', top = '', scan = ''] = parse(RUNNING, after)
      if (BigInt(scan) > MAX_SCAN) refuseCursor()
      return argumentsOf(IN_LEASES, { floor: number(floor), top: number(top), scan })
    }
    case 'ended': {
      const [, index = '', last = ''] = parse(ENDED, after)
      return argumentsOf(IN_ORDER, { index: number(index), last })
    }
  }
}

function parse(form: RegExp, after: string | undefined): readonly (string | undefined)[] {
  return after === undefined ? [] : (form.exec(after) ?? refuseCursor())
}

function number(text: string): number | '' {
  return text === '' ? '' : Number(text)
}
