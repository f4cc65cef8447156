// What a part of a Lua script declares is held to its text, and a script to its parts: each bad one is named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partComplaints, scriptComplaints } from './lua-parts.mjs'

const NOW = {
  name: 'NOW',
  needs: [],
  gives: ['now'],
  lua: "\nlocal time = redis.call('TIME')\nlocal now = tonumber(time[1])\n",
}
const TELL = {
  name: 'TELL',
  needs: ['meta'],
  gives: ['tell'],
  lua: "\nlocal function tell(topic) return redis.call('PUBLISH', topic, meta) end\n",
}
const WAKE = {
  name: 'WAKE',
  needs: ['idle', 'tell'],
  gives: ['wake'],
  lua: "\nlocal function wake()\n  local w = redis.call('ZPOPMAX', idle)\n  if w[1] then tell(w[1]) end\nend\n",
}
const PARTS = [NOW, TELL, WAKE]
const KEYS = '#!lua\nlocal meta = KEYS[1]\nlocal idle = KEYS[2]\n'

void test('parts whose declarations are those of their texts, and a script of them, are in order', () => {
  assert.deepEqual(partComplaints(PARTS), [])
  const lua = `${KEYS}${NOW.lua}${TELL.lua}${WAKE.lua}if now > 0 then wake() end\n`
  assert.deepEqual(scriptComplaints({ name: 'good', lua }, PARTS), [])
})

void test('a part that only one branch needs may be in that branch', () => {
  const inner = (WAKE.lua + 'wake()').trim().replaceAll('\n', '\n  ')
  const lua = `${KEYS}${TELL.lua}if ARGV[1] then\n  ${inner}\nend\n`
  assert.deepEqual(scriptComplaints({ name: 'nested', lua }, PARTS), [])
  const outside = `${lua}wake()\n`
  const line = outside.split('\n').length - 1
  assert.deepEqual(scriptComplaints({ name: 'nested', lua: outside }, PARTS), [
    `nested uses "wake" at nested.lua:${line}, where nothing gives it (WAKE gives it)`,
  ])
})

void test('a part that does not declare what it uses, or declares what it does not, is named', () => {
  const bad = [
    { ...WAKE, needs: ['idle'] },
    { ...TELL, needs: ['meta', 'now'] },
    { ...NOW, gives: ['now', 'today'] },
    { name: 'IDLE', needs: [], gives: [], lua: 'local unread = 1\nfor _, each in ipairs(ARGV) do redis.log(each) end' },
  ]
  assert.deepEqual(partComplaints(bad), [
    'WAKE uses "tell", which it does not declare to need',
    'TELL declares to need "now", and does not use it',
    'NOW declares to give "today", which is not a local of it',
    'IDLE has a local "unread" that nobody uses',
  ])
})

void test('a script without a part that another needs, or with one too late, names both, the line, and who gives it', () => {
  const without = `${KEYS}${WAKE.lua}wake(meta)\n`
  const late = `${KEYS}${WAKE.lua}${TELL.lua}wake()\ntell(meta)\n`
  const says = (name) => [
    `WAKE, a part of ${name}, needs "tell" at ${name}.lua:7, where nothing gives it (TELL gives it)`,
  ]
  assert.deepEqual(scriptComplaints({ name: 'without', lua: without }, PARTS), says('without'))
  assert.deepEqual(scriptComplaints({ name: 'late', lua: late }, PARTS), says('late'))
})

void test('a name that nothing in any script gives is unknown', () => {
  const lua = `${KEYS}redis.call('HGET', meta, idel)\nreturn idle\n`
  assert.deepEqual(scriptComplaints({ name: 'typo', lua }, PARTS), [
    'typo uses "idel" at typo.lua:4, where nothing gives it (no part gives it)',
  ])
})

void test('a part, a local and a key that nobody uses are named; one that acts by itself is used', () => {
  const check = {
    name: 'CHECK',
    needs: ['meta'],
    gives: ['known'],
    lua: "\nlocal known = redis.call('HLEN', meta)\nredis.call('HLEN', meta)\n",
  }
  const lua = `${KEYS}${TELL.lua}${check.lua}local a, b = 1, 2\nreturn a\n`
  assert.deepEqual(scriptComplaints({ name: 'spare', lua }, [...PARTS, check]), [
    'TELL is not used in spare',
    'nobody uses "idle" of spare.lua:3',
    'nobody uses "b" of spare.lua:9',
  ])
})

void test("what a part has for itself is not a script's to use", () => {
  const lua = `${KEYS}${NOW.lua}${TELL.lua}${WAKE.lua}wake(now, time)\n`
  assert.deepEqual(scriptComplaints({ name: 'thief', lua }, PARTS), [
    'thief uses "time", which NOW has but does not declare to give',
  ])
})
