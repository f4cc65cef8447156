/** Cases of channels that do not hold over partitions, with the reason, which is printed. */
interface ChannelExceptions {
  readonly why: string
  readonly topic: string
  /** Undefined: all of its cases. */
  readonly titles?: readonly string[] | undefined
}

const OWN = 'for an adapter each partition is a channel of its own, which these cases test'
const NUMBERS = 'numbers and their order are those of each partition'
const SHARED = 'each partition has a share of what is kept'
const PATHS = 'what is lost on the way to one partition is tested with core'
const LOOKS = 'a group that was removed begins again in each partition when a member looks there, within 15 s'
const PLACES = 'in other partitions a position is a time, 5 s before its message'
const NO_PATTERNS = 'no pattern matches a channel with partitions'

const BOTH: readonly ChannelExceptions[] = [
  { why: OWN, topic: 'channel port' },
  { why: OWN, topic: 'channel port: obliteration' },
  { why: OWN, topic: 'channel port: wrong calls' },
  { why: OWN, topic: 'group port' },
  { why: OWN, topic: 'group port: order by key' },
  { why: OWN, topic: 'group port: order by key, operated and kept' },
  { why: OWN, topic: 'group port: order by key, waking' },
  { why: OWN, topic: 'group port: waking' },
  { why: OWN, topic: 'group port: its life' },
  { why: OWN, topic: 'group port: seeking' },
  { why: OWN, topic: 'group port: suspects' },
  { why: OWN, topic: 'group port: dead letters' },
  { why: OWN, topic: 'group port: redriving' },
  { why: OWN, topic: 'group port: what is kept' },
  { why: NO_PATTERNS, topic: 'pattern port' },
  { why: NO_PATTERNS, topic: 'channel: patterns' },
  {
    why: NO_PATTERNS,
    topic: 'channel: sharded ones',
    titles: [
      'reports losses to a subscriber of a sharded channel that takes it for a plain one',
      'shows a sharded channel to no pattern, and says so where one asks for it',
    ],
  },
  {
    why: PATHS,
    topic: 'channel: gaps',
    titles: [
      'reports a loss of unknown size when the numbering begins again',
      'reports lost messages when the next one arrives',
      'reports within five seconds that the last message was lost',
    ],
  },
  {
    why: SHARED,
    topic: 'channel: consumer groups, and those who run them',
    titles: ['reports to a group what was dropped before it read it'],
  },
  {
    why: NUMBERS,
    topic: 'channel: consumer groups, and those who run them',
    titles: ['lists, redrives and discards dead messages as a queue does its tasks'],
  },
]

/** Where the messages without a key are in one partition. */
export const CHANNELS_TOGETHER: readonly ChannelExceptions[] = [...BOTH]

/** Where they are spread, as for programs. */
export const CHANNELS_SPREAD: readonly ChannelExceptions[] = [
  ...BOTH,
  {
    why: NUMBERS,
    topic: 'channel: publishing',
    titles: ['publishes all of publishAll in a row, or nothing'],
  },
  {
    why: NUMBERS,
    topic: 'channel: subscribers',
    titles: [
      'awaits an async handler before the next message',
      'gives every message to every subscriber, in order, with its position',
      'goes on after a handler that throws, and after a message that nobody can read',
      'is an iterable too, which ends by leaving it or at a signal',
      'reports to a slow subscriber what it missed, and not to the others',
    ],
  },
  {
    why: NUMBERS,
    topic: 'channel: consumer groups',
    titles: ['gives one member the messages in the order of publishing, as subscribers get them'],
  },
  {
    why: PLACES,
    topic: 'channel: consumer groups, and those who run them',
    titles: ['reads again what it has read, when it is sent back'],
  },
  {
    why: LOOKS,
    topic: 'channel: consumer groups, and those who run them',
    titles: ['begins anew with all that is kept when its group was removed under it, and says so'],
  },
  {
    why: NUMBERS,
    topic: 'channel: explanations of a consumer group',
    titles: ['says why a message of a group is not delivered'],
  },
]
