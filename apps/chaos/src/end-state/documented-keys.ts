const LEVELS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** What docs/redis-layout.md says of the keys of a queue, and of an ephemeral channel of the same name. */
const QUEUE: Readonly<Record<string, string>> = {
  meta: 'hash',
  tasks: 'hash',
  ...Object.fromEntries(LEVELS.map((level) => [`ready:${level}`, 'list'])),
  ...Object.fromEntries(LEVELS.map((level) => [`later:${level}`, 'zset'])),
  suspects: 'list',
  moved: 'hash',
  leases: 'zset',
  runs: 'hash',
  crashes: 'hash',
  failures: 'hash',
  ids: 'hash',
  ended: 'zset',
  producers: 'hash',
  lanes: 'hash',
  results: 'hash',
  order: 'list',
  dead: 'zset',
  graves: 'hash',
  idle: 'zset',
  waiters: 'hash',
  room: 'zset',
  notes: 'hash',
  keyed: 'zset',
  places: 'hash',
  ring: 'zset',
  paced: 'zset',
  busy: 'hash',
  samples: 'hash',
  ticks: 'list',
  hours: 'list',
  kin: 'hash',
  edges: 'zset',
  chores: 'zset',
  schedules: 'hash',
  due: 'zset',
  seq: 'hash',
  publishers: 'hash',
}

/** Of a queue's outcomes: a channel with history that nobody publishes to. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'outcomes:seq': 'hash',
  'outcomes:log': 'stream',
  'outcomes:readers': 'zset',
  'outcomes:floors': 'hash',
  'outcomes:alive': 'zset',
  'outcomes:bells': 'hash',
}

/** Of a channel with history. */
const CHANNEL: Readonly<Record<string, string>> = {
  seq: 'hash',
  publishers: 'hash',
  log: 'stream',
  readers: 'zset',
  floors: 'hash',
  alive: 'zset',
  bells: 'hash',
}

const GROUP: Readonly<Record<string, string>> = {
  meta: 'hash',
  leases: 'zset',
  hands: 'hash',
  held: 'hash',
  open: 'zset',
  returned: 'hash',
  back: 'list',
  suspects: 'list',
  delays: 'zset',
  lanes: 'hash',
  idle: 'zset',
  dead: 'zset',
  graves: 'hash',
  notes: 'hash',
}

export const GROUP_PART: RegExp = /^group\.([A-Za-z0-9._-]{1,128}):([a-z]+)$/

export function typeInQueue(part: string): string | undefined {
  return QUEUE[part] ?? OUTCOMES[part]
}

export function typeInChannel(part: string): string | undefined {
  const [, , ofGroup] = GROUP_PART.exec(part) ?? []
  return ofGroup === undefined ? CHANNEL[part] : GROUP[ofGroup]
}
