import { lengthOf, readArguments } from '../arguments.ts'
import { ID_KEPT_MS } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { HAS_KEY_ROOM } from './key-capacity.ts'
import { SPECIAL } from './enqueue-arguments.ts'
import { IDS } from '../parts/endings.ts'
import { keepLimits, OUTCOME } from '../parts/keep.ts'
import { moveUnknown } from './sealed.ts'

const NEEDS = 'specials capacity waiting count first SPECIALS asked ids ended tasks now atomic'

/**
 * What becomes of each task of a batch, before anything is written: accepted, existing (e), a conflict (c), full (f; k: its key is), or moved (m). With `takesPlaces` a task may replace
 * another; with `displaces` none finds the queue full.
 */
export function fatesOf(takesPlaces: boolean, displaces: boolean, sealable: boolean): Part {
  const name = takesPlaces ? (displaces ? 'FATES_DISPLACING' : 'FATES_REPLACING') : 'FATES'
  const ofKeys = sealable
    ? ' keyOfTask keyed places readPlace stateOf endOf LATER meta'
    : displaces
      ? ''
      : ' keyOfTask keyed places readPlace'
  return definePart({
    name: sealable ? name : `${name}_OF_TICKS`,
    needs: takesPlaces
      ? `${NEEDS} placeOf isKept forgetIds isBounded${ofKeys}${sealable ? ' m seals' : ''}`
      : `${NEEDS} m results dead${sealable ? ' seals' : ''}`,
    gives: `fate delays owned orphans full special replaced succeeds superseded owner windowOf${sealable ? ' takenOver home' : ''}`,
    lua: lua`
-- Nil (accepted), or a receipt.
local fate, delays, owned, orphans = {}, {}, {}, {}
local displaces = ${String(displaces)}
local refused, full, special = 0, false, specials > 0 or capacity ~= nil${sealable ? ' or seals or m[16]' : ''}
${sealable ? 'local takenOver, home = {}, nil\n' : ''}local replaced, succeeds, superseded, owner, windowOf = {}, {}, {}, {}, {}
if specials > 0 then
  ${takesPlaces ? '' : lua`${keepLimits()}${OUTCOME}${IDS}`}
  forgetIds(2 * specials)
  local inBatch = {}
  local stored, seen = #asked > 0 and redis.call('HMGET', ids, unpack(asked)), 0
  for at = SPECIALS, first - 1, ${lengthOf(SPECIAL)} do
    ${readArguments(SPECIAL, 'at')}
    local replaces, window = string.match(how, '^(r?)(%d*)${takesPlaces ? '' : '$'}')
    replaces, window = replaces == 'r', tonumber(window)
    if delay > 0 then delays[i] = delay end
    if id ~= '' then
      local record = ARGV[first + i - 1]
      seen = seen + 1
      local n, knownDigest = string.match(stored[seen] or '', '^(%d+)|(.*)$')
      -- A key of a deduplication stands for a task whatever its payload, until its window ends.
      local digest = window and '~' or redis.sha1hex(string.sub(record, (string.find(record, '\\n', 1, true) or 0) + 1))
      if window and n then
        if string.byte(knownDigest) == 126 then windowOf[id] = n end
        local opened = tonumber(string.match(knownDigest, '^~(%d+)$'))
        if opened and opened > now then knownDigest = '~' else n = nil end
      end
      if inBatch[id] then
        n = nil
      elseif n and replaces then
        local old = ${takesPlaces ? 'placeOf(n)' : 'false'}
        if old ~= 'running' then
          replaced[i] = old
${sealable ? '          if not old then takenOver[i] = id end\n' : ''}          n = nil
        else
          knownDigest = ''
        end
      elseif n and not window and redis.call('HEXISTS', tasks, n) == 0 then
        local place = n .. '|' .. id
        local endedAt = tonumber(redis.call('ZSCORE', ended, place) or nil)
        -- Its task is gone and nobody said how: from now on it is an ended one.
        if not endedAt then orphans[#orphans + 1] = place end
        -- Free, although those who forget have not come to it: many others are looked at before it.
        if endedAt and now - endedAt >= ${ID_KEPT_MS} and not isKept(n) then n = nil end
      end
      if n then
        fate[i] = (knownDigest == digest and 'e' or 'c') .. n
        if knownDigest ~= digest then refused = refused + 1 end
      elseif inBatch[id] and not replaces then
        fate[i] = { inBatch[id], digest }
      else
        succeeds[i] = inBatch[id]
        inBatch[id] = i
        owned[i] = { id, digest, window = window }
      end
    end
  end
  for _, same in pairs(fate) do
    if type(same) == 'table' and owned[same[1]][2] ~= same[2] then refused = refused + 1 end
  end
end
${sealable ? moveUnknown(takesPlaces) : ''}if (capacity${takesPlaces ? ' or isBounded' : ''}) and not displaces then
  local free = (capacity or math.huge) - waiting
${takesPlaces && !displaces ? HAS_KEY_ROOM.lua : ''}  for i = 1, count do
    -- Whoever takes another's place needs none of its own. Who found no room replaced nothing, and leaves it to the next of the batch.
    local before = succeeds[i]
    if before and fate[before] then
      replaced[i], before = replaced[before], succeeds[before]
      succeeds[i] = before
    end
    local hasPlace = before and not fate[before] and not delays[before] or replaced[i] and replaced[i].waits
    if not fate[i] and not delays[i] then
      if not hasPlace and free < 1 then
        fate[i] = 'f'
${takesPlaces && !displaces ? "      elseif not hasKeyRoom(i, before) then\n        fate[i] = 'k'\n" : ''}      elseif not hasPlace then
        free = free - 1
      end
      if fate[i] then
        full = true
        refused = refused + 1
      end
    end
  end
end
if refused > 0 and atomic then
  for i = 1, count do
    local conflict = type(fate[i]) == 'string' and string.byte(fate[i]) == 99
    if type(fate[i]) == 'table' and owned[fate[i][1]][2] ~= fate[i][2] then conflict = true fate[i] = 'c0' end
    if not conflict and fate[i] ~= 'k'${sealable ? " and fate[i] ~= 'm'" : ''} then fate[i] = 'f' end
  end
end
for i, before in pairs(succeeds) do if not fate[i] then superseded[before] = true end end
`,
  })
}
