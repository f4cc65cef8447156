// Holds what parts of Lua scripts declare to their text, and each script to the parts it is made of.
import { scopesOf } from './lua-scopes.mjs'

/** A sentence for each declaration of a part that its text does not bear out. A part: { name, needs, gives, lua }. */
export function partComplaints(parts) {
  const found = new Set()
  for (const { name, needs, gives, lua } of parts) {
    const { locals, free } = scopesOf(lua)
    const used = new Set(free.map((each) => each.name))
    const own = new Set(locals.filter(({ isOuter }) => isOuter).map((each) => each.name))
    for (const each of used)
      if (!needs.includes(each)) found.add(`${name} uses "${each}", which it does not declare to need`)
    for (const each of needs) if (!used.has(each)) found.add(`${name} declares to need "${each}", and does not use it`)
    for (const each of gives)
      if (!own.has(each)) found.add(`${name} declares to give "${each}", which is not a local of it`)
    for (const local of locals)
      if (local.uses.length === 0 && !gives.includes(local.name) && local.name !== '_')
        found.add(`${name} has a local "${local.name}" that nobody uses`)
  }
  return [...found]
}

/** A sentence for each name that nothing gives, each part that is not used and each local that is not a part's to give. A script: { name, lua }. */
export function scriptComplaints({ name, lua }, parts) {
  const found = new Set()
  const { locals, free } = scopesOf(lua)
  const places = placesOf(parts, lua)
  const innermost = (line) =>
    places.filter((place) => isIn(place, line)).toSorted((a, b) => a.last - a.first - (b.last - b.first))[0]

  for (const { name: missing, line } of free) {
    const user = innermost(line)
    const givers = [...new Set(parts.filter(({ gives }) => gives.includes(missing)).map((part) => part.name))]
    const who = user ? `${user.part.name}, a part of ${name}, needs` : `${name} uses`
    const mend = givers.length > 0 ? `${givers.join(' or ')} gives it` : 'no part gives it'
    found.add(`${who} "${missing}" at ${name}.lua:${line}, where nothing gives it (${mend})`)
  }
  for (const place of places) {
    const { part } = place
    const given = locals.filter((local) => isIn(place, local.line) && part.gives.includes(local.name))
    const isUsed = given.some(({ uses }) => uses.some((line) => !isIn(place, line)))
    if (!isUsed && scopesOf(part.lua).onlyDeclares) found.add(`${part.name} is not used in ${name}`)
  }
  for (const { name: local, line, uses } of locals) {
    const place = innermost(line)
    if (!place && uses.length === 0 && local !== '_') found.add(`nobody uses "${local}" of ${name}.lua:${line}`)
    const isTaken = place && !givesToo(places, line, local) && uses.some((use) => !isIn(place, use))
    if (isTaken) found.add(`${name} uses "${local}", which ${place.part.name} has but does not declare to give`)
  }
  return [...found]
}

function isIn({ first, last }, line) {
  return line >= first && line <= last
}

/** Whether a part around the line, not always the innermost, gives it. */
function givesToo(places, line, local) {
  return places.some((place) => isIn(place, line) && place.part.gives.includes(local))
}

/** Where parts are in a script, however far they are indented there. */
function placesOf(parts, lua) {
  const trimmed = (text) => text.split('\n').map((line) => line.trim())
  const lines = trimmed(lua)
  const places = []
  for (const part of parts) {
    const wanted = trimmed(part.lua.trim())
    for (let at = lines.indexOf(wanted[0]); at !== -1; at = lines.indexOf(wanted[0], at + 1)) {
      const isHere = wanted.every((line, index) => lines[at + index] === line)
      const isKnown = places.some(({ part: other, first }) => other.name === part.name && first === at + 1)
      if (isHere && !isKnown) places.push({ part, first: at + 1, last: at + wanted.length })
    }
  }
  return places
}
