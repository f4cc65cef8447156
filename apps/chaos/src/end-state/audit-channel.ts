import { auditGroup } from './audit-group.ts'
import { groupsOf } from './group-keys.ts'
import type { RawKeys } from './raw-keys.ts'

const EPOCHS_KEPT = 16

/** What contradicts docs/redis-layout.md in a channel with history and its groups, in words. */
export function auditChannel(raw: RawKeys): string[] {
  const groups = groupsOf(raw)
  return [
    ...numbering(raw),
    ...log(raw),
    ...membership(raw, groups),
    ...groups.flatMap((group) => auditGroup(raw, group).map((what) => `group ${group}: ${what}`)),
  ]
}

function numbering(raw: RawKeys): string[] {
  const defects: string[] = []
  const seq = raw.hash('seq')
  if (seq.size === 0) return raw.parts.length === 0 ? [] : ['there is no numbering']
  for (const field of ['epoch', 'n', 'at', 'bytes']) {
    if (!/^\d{1,16}$/.test(seq.get(field) ?? '')) defects.push(`${field} is ${seq.get(field)}`)
  }
  const epochs = epochsIn(raw)
  if (epochs.length > EPOCHS_KEPT) defects.push(`${epochs.length} epochs are kept`)
  if (epochs.at(-1)?.epoch !== seq.get('epoch')) defects.push(`the newest epoch is not ${seq.get('epoch')}`)
  for (const [i, { epoch, first }] of epochs.entries()) {
    if (!(first > (epochs[i - 1]?.first ?? 0))) defects.push(`epoch ${epoch} begins with ${first}`)
  }
  for (const [publisher, last] of raw.hash('publishers')) {
    const [, epoch, n] = /^\d+\|\d+\|(\d+)\|(\d+)(?:\|\d+\|\d+\|\d+)?$/.exec(last) ?? []
    if (epoch === undefined) defects.push(`the last publish of ${publisher} is ${last}`)
    else if (Number(n) > Number(seq.get('n')))
      defects.push(`${publisher} published ${n}, the newest is ${seq.get('n')}`)
  }
  return defects
}

/** Numbers rise, and each entry counts the bytes before it. */
function log(raw: RawKeys): string[] {
  const defects: string[] = []
  const seq = raw.hash('seq')
  const epochs = epochsIn(raw)
  const entries = raw.stream('log')
  let before: { readonly n: number; readonly end: number } | undefined
  for (const { id, fields } of entries) {
    const [, offset, epoch, n, body] = /^(\d+) (\d+) (\d+) ([^]*)$/.exec(fields[1] ?? '') ?? []
    if (fields.length !== 2 || fields[0] !== 'm' || body === undefined) {
      defects.push(`the entry ${id} is not as documented`)
      continue
    }
    if (id !== `${id.split('-', 1)[0]}-${n}`) defects.push(`the entry ${id} is number ${n}`)
    if (before && Number(n) <= before.n) defects.push(`${n} comes after ${before.n}`)
    const known = epochs.findLast(({ first }) => first <= Number(n))
    if (known !== undefined && known.epoch !== epoch) defects.push(`${n} is of epoch ${epoch}, not ${known.epoch}`)
    if (before && before.n + 1 === Number(n) && before.end !== Number(offset)) {
      defects.push(`${before.end} bytes are before ${n}, it says ${offset}`)
    }
    before = { n: Number(n), end: Number(offset) + Buffer.byteLength(body) }
  }
  const last = entries.at(-1)
  if (last && last.id !== `${seq.get('at')}-${seq.get('n')}`) defects.push(`the newest entry is ${last.id}`)
  if (before && before.end !== Number(seq.get('bytes'))) defects.push(`bytes is ${seq.get('bytes')}, not ${before.end}`)
  return defects
}

/** The channel knows its groups, all of them and no other. */
function membership(raw: RawKeys, groups: readonly string[]): string[] {
  const defects: string[] = []
  const known = { readers: raw.zset('readers'), floors: raw.hash('floors'), alive: raw.zset('alive') }
  for (const [part, entries] of Object.entries(known)) {
    for (const group of groups) if (!entries.has(group)) defects.push(`${part} does not know group ${group}`)
    for (const group of entries.keys())
      if (!groups.includes(group)) defects.push(`${part} knows ${group}, which is gone`)
  }
  for (const group of raw.hash('bells').keys()) {
    if (!groups.includes(group)) defects.push(`bells knows ${group}, which is gone`)
  }
  return defects
}

function epochsIn(raw: RawKeys): { readonly epoch: string; readonly first: number }[] {
  const text = raw.hash('seq').get('epochs') ?? ''
  return text.split(',').map((each) => {
    const [epoch = '', first] = each.split(':')
    return { epoch, first: Number(first) }
  })
}
