// A script lists its parts; their order is found.
import { describe, expect, it } from 'vitest'
import { arrangeParts } from '../../src/scripts/arrange-parts.ts'
import { definedParts } from '../../src/scripts/define-part.ts'
import type { Part } from '../../src/scripts/define-part.ts'
import '../../src/scripts/queue/settle-and-claim.ts'
import '../../src/scripts/group/group-turn.ts'
import { lua } from '../../src/scripts/lua.ts'

function part(name: string, needs: readonly string[], gives: readonly string[]): Part {
  return { name, needs, gives, lua: `${name} ` }
}

describe('the parts of a script', () => {
  const time = part('time', [], ['now'])
  const tell = part('tell', ['meta'], ['tell'])
  const wake = part('wake', ['now', 'tell'], ['wake'])

  it('come after those that give what they need, else in the order of the list', () => {
    expect(arrangeParts(wake, tell, time)).toBe('time tell wake ')
    expect(arrangeParts(tell, time, wake)).toBe('tell time wake ')
  })

  it('come once, however often they are listed', () => {
    expect(arrangeParts(time, wake, time, tell)).toBe('time tell wake ')
  })

  it('are refused by name where they need each other', () => {
    const sleep = part('sleep', ['wake'], ['sleep'])
    const dream = part('dream', ['sleep', 'now'], ['wake'])
    expect(() => arrangeParts(time, sleep, dream)).toThrow('parts of a script need each other: sleep → dream → sleep')
  })
})

describe('a part that is made for a script, such as its bounds', () => {
  it('gives the same as another of its name', () => {
    const gives = new Map<string, string>()
    for (const each of definedParts()) {
      expect(each.gives.join(' ')).toBe(gives.get(each.name) ?? each.gives.join(' '))
      gives.set(each.name, each.gives.join(' '))
    }
    expect([...gives.keys()]).toEqual(expect.arrayContaining(['keepLimits', 'refuseLayout', 'trimDead', 'CLAIM']))
  })
})

describe('the text of a script', () => {
  const inner = { ...part('inner', [], []), lua: '\nlocal a = 1\n\nif a then\n  return\nend\n' }

  it('indents a part as its placeholder, and has no line for none', () => {
    expect(lua`if b then\n  ${inner}\n  ${''}\n  c()\nend`).toBe(
      'if b then\n  local a = 1\n\n  if a then\n    return\n  end\n  c()\nend',
    )
  })

  it('takes all else as it is', () => {
    expect(lua`x = ${1}${'\n'}return  ${'x'} + ${2}`).toBe('x = 1\nreturn  x + 2')
  })
})
