// The number of partitions is in three places, of which failovers lose some, or bring back what they had before.
import { layoutText } from '@mq/core/adapter'
import { expect, it } from 'vitest'
import { witnessesOf } from '../../src/keys.ts'
import { divided, laidOut } from '../lab/divided.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

const FIRST = 'p4v1000@0#1000'
const CHANGED = 'p8v2000@4+4v1000@0/4#2000'
const RETIRED = 'p8v2000@4/4#2001'

/** What a place has: nothing, a layout, one that nobody was sure of, or one that was released. */
type Has = string | undefined | { readonly new: string } | { readonly left: string }

const placesOf = (name: string): string[] => [name, ...witnessesOf(name)].map((place) => `mq:{${place}}:meta`)

async function put(name: string, all: readonly Has[]): Promise<void> {
  const places = placesOf(name)
  for (const [i, has] of all.entries()) {
    await redis.del(places[i]!)
    if (has === undefined) continue
    if (typeof has === 'string') await redis.hset(places[i]!, 'layout', has)
    else if ('new' in has) await redis.hset(places[i]!, 'layout', has.new, 'new', '1')
    else {
      await redis.hset(places[i]!, 'layout', has.left, 'left', '1')
      await redis.pexpire(places[i]!, 60_000)
    }
  }
}

const shown = (all: readonly Has[]): string =>
  all.map((has) => (has === undefined ? 'nothing' : typeof has === 'string' ? has : JSON.stringify(has))).join(', ')

async function expectEverywhere(name: string, text: string): Promise<void> {
  await expect
    .poll(() => Promise.all(placesOf(name).map((place) => redis.hgetall(place))), { timeout: 3_000 })
    .toEqual([{ layout: text }, { layout: text }, { layout: text }])
  for (const place of placesOf(name)) expect(await redis.pttl(place)).toBe(-1)
}

const LOST: Has[] = [undefined, FIRST]
/** One or two of three went back; a witness that is left says the latest. */
const back: { readonly all: Has[]; readonly counts: string }[] = [CHANGED, RETIRED].flatMap((counts) => [
  ...LOST.flatMap((lost) => [0, 1, 2].map((at) => ({ all: [0, 1, 2].map((i) => (i === at ? lost : counts)), counts }))),
  ...LOST.flatMap((home) =>
    LOST.flatMap((other) => [
      { all: [home, other, counts], counts },
      { all: [home, counts, other], counts },
    ]),
  ),
])

it.each(back.map(({ all, counts }) => [shown(all), counts, all] as const))(
  '%s: who begins, and who knows it, uses %s, and puts it everywhere',
  async (_, counts, all) => {
    const name = lab.freshName()
    await put(name, all)
    const asking = await lab.open()
    expect(layoutText((await asking.widths!.of(name))!)).toBe(counts)
    const beginning = await lab.open()
    expect(layoutText((await beginning.widths!.claim(name, divided(4)))!)).toBe(counts)
    await expectEverywhere(name, counts)
    // Who has seen it everywhere looks again now and then.
    await put(name, all)
    for (let claims = 0; claims < 10; claims++) {
      const wanted = claims % 2 === 0 ? divided(4) : laidOut(counts)
      expect(layoutText((await beginning.widths!.claim(name, wanted))!)).toBe(counts)
    }
    await expectEverywhere(name, counts)
  },
)

it.each<[what: string, all: Has[], wanted: string, counts: string]>([
  ['a first one that nobody is sure of gives way', [{ new: 'p4v3000@0#3000' }, CHANGED, undefined], 'p4', CHANGED],
  ['and to what is older', [{ new: 'p4v3000@0#3000' }, undefined, FIRST], 'p4', FIRST],
  ['and to what whoever claims it knows', [{ new: 'p4v3000@0#3000' }, undefined, undefined], CHANGED, CHANGED],
  ['one that is known does not', ['p4v3000@0#3000', CHANGED, FIRST], 'p4', 'p4v3000@0#3000'],
  ['a change that nobody is sure of counts', [{ new: CHANGED }, FIRST, FIRST], 'p4', CHANGED],
  [
    'what was released elsewhere says nothing',
    ['p4v3000@0#3000', { left: CHANGED }, { left: CHANGED }],
    'p4',
    'p4v3000@0#3000',
  ],
  ['not even to a new one', [{ new: 'p4v3000@0#3000' }, { left: CHANGED }, undefined], 'p4', 'p4v3000@0#3000'],
  ['one of before is known no more', [{ left: FIRST }, { left: FIRST }, FIRST], 'p4', FIRST],
  ['a number alone is as a version wrote it', ['p4', 'p4', undefined], 'p4', 'p4'],
  ['and any change counts more', ['p4', CHANGED, undefined], 'p4', CHANGED],
])('%s', async (_, all, wanted, counts) => {
  const name = lab.freshName()
  await put(name, all)
  const { widths } = await lab.open()
  expect(layoutText((await widths!.claim(name, laidOut(wanted)))!)).toBe(counts)
  await expectEverywhere(name, counts)
})

it('a change that the home alone has is used by nobody before a witness has it', async () => {
  const name = lab.freshName()
  await put(name, [{ new: CHANGED }, FIRST, FIRST])
  const { widths } = await lab.open()
  expect(layoutText((await widths!.of(name))!)).toBe(FIRST)
  expect(layoutText((await widths!.claim(name, divided(4)))!)).toBe(CHANGED)
  expect(layoutText((await widths!.of(name))!)).toBe(CHANGED)
})

it('a change that one witness alone knows counts', async () => {
  const name = lab.freshName()
  await put(name, [FIRST, CHANGED, FIRST])
  const { widths } = await lab.open()
  expect(layoutText((await widths!.of(name))!)).toBe(CHANGED)
  expect(layoutText((await widths!.claim(name, divided(4)))!)).toBe(CHANGED)
})

it('a number that its place lost is found again by a witness, and another is not decided', async () => {
  const name = lab.freshName()
  await put(name, [undefined, undefined, CHANGED])
  const { widths } = await lab.open()
  expect(layoutText((await widths!.claim(name, divided(9)))!)).toBe(CHANGED)
})

it('of a queue that was released a process claims nothing that it does not mean', async () => {
  const name = lab.freshName()
  await put(name, [{ left: CHANGED }, { left: CHANGED }, { left: CHANGED }])
  const { widths } = await lab.open()
  expect(layoutText((await widths!.claim(name, divided(9)))!)).toBe(CHANGED)
  for (const place of placesOf(name)) expect(await redis.pttl(place)).toBeGreaterThan(0)
})

it('two that change it at the same time agree', async () => {
  const name = lab.freshName()
  await put(name, [FIRST, FIRST, FIRST])
  const two = await Promise.all([lab.open(), lab.open()])
  const wanted = ['p8v2000@4+4v1000@0/4#2000', 'p6v2001@4+4v1000@0/4#2001'].map(laidOut)
  const has = await Promise.all(two.map(({ widths }, i) => widths!.change(name, laidOut(FIRST), wanted[i]!)))
  expect(has[0]).toEqual(has[1])
  await expectEverywhere(name, layoutText(has[0]!))
})

it('many that begin at once agree', async () => {
  const name = lab.freshName()
  const all = await Promise.all(Array.from({ length: 10 }, () => lab.open()))
  const has = await Promise.all(all.map(({ widths }, i) => widths!.claim(name, divided(2 + (i % 3)))))
  expect(new Set(has.map((each) => layoutText(each!))).size).toBe(1)
  await expectEverywhere(name, layoutText(has[0]!))
})
